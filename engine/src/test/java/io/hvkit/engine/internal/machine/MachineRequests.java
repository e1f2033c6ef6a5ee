package io.hvkit.engine.internal.machine;

import io.hvkit.engine.machine.MachineRequest;

/** Requests as the journal keeps them, for tests. */
public final class MachineRequests {

    private MachineRequests() {}

    /** Returns whether a request is the same after the journal had it. */
    public static boolean comesBack(MachineRequest request) {
        return MachineFacts.request(MachineFacts.of(request)).equals(request);
    }
}
