package io.hvkit.core;

/**
 * A version of this SPI. Minor versions only add. So a host runs the plug-ins that were built against its own version or an
 * older one of the same major version; a newer one may ask for what the host lacks.
 *
 * @param major grows when something a plug-in uses goes away
 * @param minor grows when something is added
 */
public record SpiVersion(int major, int minor) {

    /** Compile-time constants on purpose: javac copies them into the plug-in, so they say what it was built against. */
    public static final int MAJOR = 0;

    /** See {@link #MAJOR}. */
    public static final int MINOR = 1;

    /**
     * Rejects negative numbers.
     *
     * @throws IllegalArgumentException if one is negative
     */
    public SpiVersion {
        if (major < 0 || minor < 0) {
            throw new IllegalArgumentException("no number of a version is negative: " + major + "." + minor);
        }
    }

    /** Returns the version of this process; a plug-in says {@code new SpiVersion(MAJOR, MINOR)} instead. */
    public static SpiVersion ofHost() {
        return new SpiVersion(MAJOR, MINOR);
    }

    /** Returns whether a host at this version runs a plug-in built against {@code plugin}. */
    public boolean runs(SpiVersion plugin) {
        return major == plugin.major && minor >= plugin.minor;
    }

    /**
     * Says why a host at this version does not run a plug-in, for people; both ranges are named.
     *
     * @throws IllegalArgumentException if it does run it
     */
    public String refusalOf(SpiVersion plugin) {
        if (runs(plugin)) {
            throw new IllegalArgumentException("a host with SPI " + this + " runs a plug-in built against " + plugin);
        }
        String remedy = isOlderThan(plugin) ? "update HVKit, or take an older build of it" : "take a newer build of it";
        return "built against SPI " + plugin + ", it runs on hosts with SPI " + plugin + " or newer below "
                + (plugin.major + 1) + ".0; this host has SPI " + this + " and runs plug-ins built against " + major
                + ".0 to " + this + "; " + remedy;
    }

    private boolean isOlderThan(SpiVersion other) {
        return major < other.major || (major == other.major && minor < other.minor);
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
