"""Starting and stopping a process: options, variables, streams, signals."""
