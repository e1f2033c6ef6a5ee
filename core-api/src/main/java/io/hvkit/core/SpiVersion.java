package io.hvkit.core;

/**
 * A version of this SPI. Minor versions only add; a plug-in runs on any host with the same major version.
 *
 * @param major grows when something a plug-in uses goes away
 * @param minor grows when something is added
 */
public record SpiVersion(int major, int minor) {

    /** Compile-time constants on purpose: javac copies them into the plug-in, so they say what it was built against. */
    public static final int MAJOR = 0;

    /** See {@link #MAJOR}. */
    public static final int MINOR = 1;

    /** Returns whether a host at this version can run a plug-in built against {@code plugin}. */
    public boolean runs(SpiVersion plugin) {
        return major == plugin.major;
    }

    /** Returns whether {@code plugin} may ask for something that a host at this version lacks. */
    public boolean mayLackPartsOf(SpiVersion plugin) {
        return minor < plugin.minor;
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
