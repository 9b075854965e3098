"""What people choose from and no program can know: dated tables, for the set-up."""
