"""Outside formats: registers kept in spreadsheets, OSCAL signed as DSSE, libraries of other tools, evidence to judge again."""
