package io.hvkit.kvm.internal.libvirt;

/** Which libvirt somebody has. */
public record LibvirtVersion(long major, long minor, long release) {

    private static final long MAJOR = 1_000_000;
    private static final long MINOR = 1_000;

    /** Returns the version that libvirt says as one number. */
    public static LibvirtVersion of(long number) {
        return new LibvirtVersion(number / MAJOR, number % MAJOR / MINOR, number % MINOR);
    }

    /** Returns whether what a guest writes while its disk is copied can go to both at once: from 8.0.0 on. */
    public boolean hasSynchronousWrites() {
        return major >= 8;
    }

    @Override
    public String toString() {
        return major + "." + minor + "." + release;
    }
}
