package io.hvkit.kvm.internal.pool;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.HostFiles;
import io.hvkit.qemu.PartialFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies files byte by byte, as the file system does it best: by sharing what both hold, where it can (btrfs, XFS), by having the
 * server copy, where it can (NFS 4.2), and else by reading and writing, holes left out.
 */
final class FileCopy {

    private static final Logger LOG = LoggerFactory.getLogger(FileCopy.class);
    private static final int PROBED_BYTES = 1 << 16;

    private final CommandRunner runner;

    FileCopy(CommandRunner runner) {
        this.runner = runner;
    }

    /** How a copy comes about. */
    enum Manner {
        /** In one moment: the copy holds what was there then, though somebody writes meanwhile. */
        AT_ONCE("always"),
        /** Sooner or later: nobody may write meanwhile. */
        IN_TIME("auto");

        private final String word;

        Manner(String word) {
            this.word = word;
        }
    }

    /** Makes a copy that its owner alone may read and write, where nothing is; a copy that fails may leave a part of it. */
    void copy(Path source, Path target, Manner manner) throws InterruptedException {
        HostFiles.local().create(target);
        CommandResult result = run(source, target, manner);
        if (!result.succeeded()) {
            throw result.failure("copying " + source, Effect.NOT_APPLIED, source, target);
        }
    }

    private CommandResult run(Path source, Path target, Manner manner) throws InterruptedException {
        return runner.run(Command.of(
                        "cp", "--reflink=" + manner.word, "--sparse=auto", "--", source.toString(), target.toString())
                .providedBy("coreutils")
                .untilDone());
    }

    /** Returns whether a folder's file system copies at once, by trying; where it cannot be tried, it does not. */
    boolean isAtOnce(Path folder) throws InterruptedException {
        Path source = PartialFiles.next(folder);
        Path target = PartialFiles.next(folder);
        try {
            Files.write(source, new byte[PROBED_BYTES]);
            return run(source, target, Manner.AT_ONCE).succeeded();
        } catch (IOException e) {
            LOG.debug("whether files in {} can share what they hold was not found out", folder, e);
            return false;
        } finally {
            discard(source);
            discard(target);
        }
    }

    private static void discard(Path probe) throws InterruptedException {
        try {
            HostFiles.local().remove(probe);
        } catch (DriverException e) {
            LOG.warn("{} is of no use and could not be removed: {}", probe, e.toString());
        }
    }
}
