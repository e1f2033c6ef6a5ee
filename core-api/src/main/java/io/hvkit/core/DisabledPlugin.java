package io.hvkit.core;

import java.util.Optional;

/**
 * A plug-in that is installed and not used, and why. It has cost nothing but itself.
 *
 * @param plugin its class and jar, or its folder if it was not even found what is in it
 * @param reason what is wrong and, where somebody can do something, what
 * @param cause what was thrown, for a log; it keeps the classes of the plug-in from being unloaded
 */
public record DisabledPlugin(String plugin, String reason, Optional<Throwable> cause) {

    /** Returns the plug-in and the reason, on one line. */
    @Override
    public String toString() {
        return plugin + ": " + reason;
    }
}
