"""What happens to a page after it is captured: item pipelines, and the pure parser below them."""
