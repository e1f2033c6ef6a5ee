package io.hvkit.hypervisor.spi;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a machine's board is. Without more words the host chooses its type and gives it the best processor that it has, which
 * moves only to hosts with the same. Immutable; every change is another value.
 */
public final class Platform {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.+-]{0,62}");

    private record Fields(Firmware firmware, Optional<String> machineType, Optional<String> processor) {}

    private final Fields fields;

    private Platform(Fields fields) {
        this.fields = fields;
    }

    /** Returns a board with that firmware. */
    public static Platform with(Firmware firmware) {
        return new Platform(new Fields(firmware, Optional.empty(), Optional.empty()));
    }

    /**
     * Returns this board of another type.
     *
     * @param type the hypervisor's name for it, such as {@code pc-q35-7.2} for QEMU
     * @throws IllegalArgumentException if that is no name
     */
    public Platform machineType(String type) {
        return new Platform(new Fields(fields.firmware, Optional.of(requireName(type)), fields.processor));
    }

    /**
     * Returns this board with another processor.
     *
     * @param model the hypervisor's name for it, such as {@code Skylake-Server} for QEMU: what all hosts that the machine may
     *     move to can be
     * @throws IllegalArgumentException if that is no name
     */
    public Platform processor(String model) {
        return new Platform(new Fields(fields.firmware, fields.machineType, Optional.of(requireName(model))));
    }

    /** Returns what runs before the boot loader. */
    public Firmware firmware() {
        return fields.firmware;
    }

    /** Returns the type; nothing if the host is to choose. */
    public Optional<String> machineType() {
        return fields.machineType;
    }

    /** Returns the processor's model; nothing if it is the host's own. */
    public Optional<String> processor() {
        return fields.processor;
    }

    private static String requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("no name of a machine type or processor: '" + name + "'");
        }
        return name;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Platform that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "Platform" + fields;
    }
}
