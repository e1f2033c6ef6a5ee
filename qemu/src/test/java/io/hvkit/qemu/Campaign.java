package io.hvkit.qemu;

/** How long a campaign of random tries is: a slice usually, twenty times that in a thorough run. */
public final class Campaign {

    private static final int WHOLE = 20;

    private Campaign() {}

    public static int rounds(int slice) {
        return Boolean.getBoolean("hvkit.thorough") ? slice * WHOLE : slice;
    }
}
