package io.hvkit.powerflex.simulator.internal.gateway;

import java.util.function.Function;

/** Something that can be asked for. */
record Operation(String name, Access access, Function<Request, Answer> work) {

    /** Who may ask. */
    enum Access {
        ANYONE,
        LOGGED_IN
    }

    static Operation open(String name, Function<Request, Answer> work) {
        return new Operation(name, Access.ANYONE, work);
    }

    static Operation of(String name, Function<Request, Answer> work) {
        return new Operation(name, Access.LOGGED_IN, work);
    }
}
