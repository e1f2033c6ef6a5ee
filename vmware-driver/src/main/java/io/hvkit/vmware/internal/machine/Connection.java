package io.hvkit.vmware.internal.machine;

import io.hvkit.vmware.internal.soap.Properties;
import java.util.Set;

/** What a vCenter says of its connection to a machine. */
public final class Connection {

    /** The property that says it. */
    public static final String PATH = "runtime.connectionState";

    private static final Set<String> LOST = Set.of("disconnected", "inaccessible", "invalid", "orphaned");

    private Connection() {}

    /** Returns whether the vCenter does not reach the machine, or its files. One of which nothing is told otherwise is just being made. */
    public static boolean isLost(Properties.Found machine) {
        return LOST.contains(machine.text(PATH));
    }
}
