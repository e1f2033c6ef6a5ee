package io.hvkit.powerflex.simulator.control;

/**
 * A call that a client made.
 *
 * @param operation what was asked for; {@code unknown} if there is no such thing
 * @param method the HTTP method
 * @param path the path as it was sent
 * @param status what was answered; 0 if the answer was lost
 */
public record Call(String operation, String method, String path, int status) {}
