"""The commands of the project, found by Scrapy through COMMANDS_MODULE."""
