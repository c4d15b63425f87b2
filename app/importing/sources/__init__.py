"""Sources: the files and folders that a fitted model may come in. Each is a file beside this one."""
