"""What the law says: majorities, quorums, counting and outcomes; standard library only."""
