package io.hvkit.qemu.qmp;

/** The other side said what no monitor says; after that nothing it says can be trusted. */
final class QmpViolation extends Exception {

    private static final long serialVersionUID = 1L;

    /** @param what what it said, as in "it sent ..." */
    QmpViolation(String what) {
        super(what);
    }

    QmpViolation(String what, Throwable cause) {
        super(what, cause);
    }
}
