package io.hvkit.qemu;

import java.nio.file.Path;

/** A JVM of its own that sweeps a folder and says what it removed. */
final class SweepProgram {

    private SweepProgram() {}

    public static void main(String[] arguments) throws InterruptedException {
        System.out.println("swept " + PartialFiles.sweep(HostFiles.local(), Path.of(arguments[0])));
    }
}
