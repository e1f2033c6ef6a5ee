package io.hvkit.qemu;

import java.nio.file.Path;

/** A JVM of its own that makes a file and never completes it, to be killed. */
final class PartialProgram {

    private PartialProgram() {}

    public static void main(String[] arguments) throws InterruptedException {
        StagedFile.make(
                HostFiles.local(),
                Path.of(arguments[0]),
                file -> Thread.currentThread().join());
    }
}
