package io.hvkit.hypervisor.spi;

import java.nio.file.Path;
import java.util.Optional;

/** Booting a kernel that the host holds in a file, without boot loader or firmware menu. */
public final class KernelBoot {

    private record Fields(Path kernel, Optional<Path> initrd, String commandLine) {}

    private final Fields fields;

    private KernelBoot(Fields fields) {
        this.fields = fields;
    }

    /** Returns a boot of {@code kernel}, an absolute path on the host, with an empty command line. */
    public static KernelBoot of(Path kernel) {
        return new KernelBoot(new Fields(absolute(kernel), Optional.empty(), ""));
    }

    /** Returns this boot with an initial RAM disk, an absolute path on the host. */
    public KernelBoot initrd(Path initrd) {
        return new KernelBoot(new Fields(fields.kernel, Optional.of(absolute(initrd)), fields.commandLine));
    }

    /** Returns this boot with what the kernel is told. */
    public KernelBoot commandLine(String commandLine) {
        return new KernelBoot(new Fields(fields.kernel, fields.initrd, commandLine));
    }

    /** Returns the kernel. */
    public Path kernel() {
        return fields.kernel;
    }

    /** Returns the initial RAM disk, if there is one. */
    public Optional<Path> initrd() {
        return fields.initrd;
    }

    /** Returns what the kernel is told. */
    public String commandLine() {
        return fields.commandLine;
    }

    private static Path absolute(Path path) {
        if (!path.isAbsolute()) {
            throw new IllegalArgumentException("the host needs an absolute path, not '" + path + "'");
        }
        return path;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KernelBoot that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "KernelBoot" + fields;
    }
}
