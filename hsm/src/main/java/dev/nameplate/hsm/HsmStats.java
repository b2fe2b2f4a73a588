package dev.nameplate.hsm;

/// How a token is doing at one moment.
///
/// @param lanes the threads that may be inside the library at once, each with a session
/// @param busy those that are at work
/// @param hung those of them that have been for longer than their callers waited
/// @param sessions how many sessions are open
/// @param waiting how many callers wait for a lane
/// @param generation how often the library was initialised in this process
/// @param pinLatched whether no login is tried any more, because the PIN was refused
public record HsmStats(
    int lanes,
    int busy,
    int hung,
    int sessions,
    int waiting,
    long generation,
    boolean pinLatched) {}
