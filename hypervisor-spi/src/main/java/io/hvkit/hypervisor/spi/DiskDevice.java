package io.hvkit.hypervisor.spi;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How a machine sees a disk and how its host serves it. Without more words: no cache, unused room is given back, no serial
 * number, no limits, readable and writable. Immutable; every change is another value.
 */
public final class DiskDevice {

    private static final Pattern SERIAL = Pattern.compile("[A-Za-z0-9_.+-]{1,20}");

    private enum Access {
        READ_WRITE,
        READ_ONLY
    }

    private record Fields(
            DiskBus bus,
            DiskCache cache,
            Optional<DiskIo> io,
            Discard discard,
            Optional<String> serial,
            DiskLimits limits,
            Access access) {}

    private final Fields fields;

    private DiskDevice(Fields fields) {
        this.fields = fields;
    }

    /** Returns a device on a bus. */
    public static DiskDevice on(DiskBus bus) {
        return new DiskDevice(new Fields(
                bus,
                DiskCache.NONE,
                Optional.empty(),
                Discard.UNMAP,
                Optional.empty(),
                DiskLimits.none(),
                Access.READ_WRITE));
    }

    /** Returns this device with another cache. */
    public DiskDevice cached(DiskCache cache) {
        Fields f = fields;
        return checked(new Fields(f.bus, cache, f.io, f.discard, f.serial, f.limits, f.access));
    }

    /**
     * Returns this device with another way to submit requests.
     *
     * @throws IllegalArgumentException for {@code NATIVE} with a cache that uses the page cache
     */
    public DiskDevice submitting(DiskIo io) {
        Fields f = fields;
        return checked(new Fields(f.bus, f.cache, Optional.of(io), f.discard, f.serial, f.limits, f.access));
    }

    /** Returns this device with another fate of unused room. */
    public DiskDevice discarding(Discard discard) {
        Fields f = fields;
        return new DiskDevice(new Fields(f.bus, f.cache, f.io, discard, f.serial, f.limits, f.access));
    }

    /**
     * Returns this device with a serial number, by which a guest tells disks apart.
     *
     * @param serial 1 to 20 of letters, digits, {@code _}, {@code .}, {@code +} and {@code -}: what every bus carries unchanged
     * @throws IllegalArgumentException if it is anything else
     */
    public DiskDevice serial(String serial) {
        if (!SERIAL.matcher(serial).matches()) {
            throw new IllegalArgumentException(
                    "a serial number has 1 to 20 of A-Z, a-z, 0-9, '_', '.', '+' and '-': '" + serial + "'");
        }
        Fields f = fields;
        return new DiskDevice(new Fields(f.bus, f.cache, f.io, f.discard, Optional.of(serial), f.limits, f.access));
    }

    /** Returns this device with limits. */
    public DiskDevice limitedTo(DiskLimits limits) {
        Fields f = fields;
        return new DiskDevice(new Fields(f.bus, f.cache, f.io, f.discard, f.serial, limits, f.access));
    }

    /** Returns this device, which the machine cannot write to. */
    public DiskDevice readOnly() {
        Fields f = fields;
        return new DiskDevice(new Fields(f.bus, f.cache, f.io, f.discard, f.serial, f.limits, Access.READ_ONLY));
    }

    /** Returns how the machine sees it. */
    public DiskBus bus() {
        return fields.bus;
    }

    /** Returns what the host does with data on its way. */
    public DiskCache cache() {
        return fields.cache;
    }

    /** Returns how requests are submitted; nothing if that is the host's to choose. */
    public Optional<DiskIo> io() {
        return fields.io;
    }

    /** Returns what becomes of unused room. */
    public Discard discard() {
        return fields.discard;
    }

    /** Returns the serial number, if it has one. */
    public Optional<String> serial() {
        return fields.serial;
    }

    /** Returns how much it may do in a second. */
    public DiskLimits limits() {
        return fields.limits;
    }

    /** Returns whether the machine can only read it. */
    public boolean isReadOnly() {
        return fields.access == Access.READ_ONLY;
    }

    private static DiskDevice checked(Fields fields) {
        boolean direct = fields.cache == DiskCache.NONE || fields.cache == DiskCache.DIRECTSYNC;
        if (fields.io.filter(io -> io == DiskIo.NATIVE).isPresent() && !direct) {
            throw new IllegalArgumentException(
                    "NATIVE I/O needs a cache that passes by the page cache, NONE or DIRECTSYNC, not " + fields.cache);
        }
        return new DiskDevice(fields);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DiskDevice that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "DiskDevice" + fields;
    }
}
