"""What tests share: servers, processes, frames, senders, receivers."""
