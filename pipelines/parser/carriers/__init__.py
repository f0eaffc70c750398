"""Readers of the files that reports come in beside web pages: PDF, Word, Excel, and pictures of pages.

Each reader turns a file into the blocks a page consists of (lines of text, tables), so that the rest of the parser
never learns what it reads. They import their libraries when they are called: the parser works without the extras, and
says which one a file needs. Nothing here knows what a report is.
"""
