package io.hvkit.qemu;

/** How much a repair may change. */
public enum Repair {
    /** Gives back room that nothing refers to; the disk stays as it is. */
    LEAKS("leaks"),
    /**
     * Mends every table that contradicts another. QEMU guesses which of the two is right: data may be lost that another tool could
     * have saved, so copy the image first.
     */
    ALL("all");

    private final String qemuName;

    Repair(String qemuName) {
        this.qemuName = qemuName;
    }

    /** Returns the word qemu-img uses. */
    String qemuName() {
        return qemuName;
    }
}
