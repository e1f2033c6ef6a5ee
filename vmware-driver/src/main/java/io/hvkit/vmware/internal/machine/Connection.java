package io.hvkit.vmware.internal.machine;

import io.hvkit.vmware.internal.soap.Properties;
import java.util.Set;

/** What a vCenter says of its connection to a machine, and with that, how much it says of the machine. */
public final class Connection {

    /** The property that says it. */
    public static final String PATH = "runtime.connectionState";

    private static final Set<String> LOST = Set.of("disconnected", "inaccessible", "invalid", "orphaned");

    private Connection() {}

    /** How much a vCenter says of a machine. */
    public enum Knowledge {
        TOLD,
        /** Nothing yet: it is just being made. */
        BEING_MADE,
        /** Nothing: its files are out of reach. */
        OUT_OF_REACH
    }

    /** Returns how much it says of a machine that was asked for that part of its configuration, which every machine has. */
    public static Knowledge of(Properties.Found machine, String part) {
        if (machine.value(part).isPresent()) {
            return Knowledge.TOLD;
        }
        return isLost(machine) ? Knowledge.OUT_OF_REACH : Knowledge.BEING_MADE;
    }

    /** Returns whether the vCenter does not reach the machine, or its files. One of which nothing is told otherwise is just being made. */
    public static boolean isLost(Properties.Found machine) {
        return LOST.contains(machine.text(PATH));
    }
}
