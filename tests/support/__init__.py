"""What the black-box tests share: a real server process, its clients, and what the contract promises."""
