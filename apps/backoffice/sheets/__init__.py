"""What a shop keeps as files: taken away, worked on in a spreadsheet, and brought back. One file here for each kind."""
