"""Documents from plain data: PDF, Word, Excel. Plain data in, bytes out; no Django, no other room."""
