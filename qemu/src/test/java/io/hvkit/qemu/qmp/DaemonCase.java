package io.hvkit.qemu.qmp;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Secret;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.CryptSetup;
import io.hvkit.qemu.Disks;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.LuksType;
import io.hvkit.qemu.QemuImg;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A daemon for each test, a disk with something on it, and images to copy it to. */
abstract class DaemonCase {

    static final Duration LIMIT = Duration.ofSeconds(60);
    static final ByteSize SIZE = ByteSize.mebibytes(8);

    @TempDir
    Path directory;

    QemuImg qemuImg;
    StorageDaemon daemon;
    Path source;

    @BeforeEach
    void start() throws Exception {
        qemuImg = QemuImg.probe(CommandRunner.local());
        daemon = StorageDaemon.start(CommandRunner.local());
        source = Disks.random(directory.resolve("source"), SIZE, 42);
    }

    @AfterEach
    void end() {
        daemon.close();
    }

    Path empty(String name, ByteSize size) throws Exception {
        Path path = directory.resolve(name);
        Disks.run("truncate", "-s", Long.toString(size.bytes()), path.toString());
        return path;
    }

    Image qcow2(String name) throws Exception {
        Path path = directory.resolve(name);
        Disks.run("qemu-img", "create", "-q", "-f", "qcow2", path.toString(), Long.toString(SIZE.bytes()));
        return Image.qcow2(path);
    }

    /** Makes a layer that holds one byte, many times over, at a place in MiB, for one MiB; it does not say what it lies over. */
    Image layer(String name, int content, int at) throws Exception {
        Image layer = qcow2(name);
        Disks.run("qemu-io", "-f", "qcow2", "-c", "write -q -P " + content + " " + at + "M 1M", path(name));
        return layer;
    }

    Image luks(String name, Secret key) throws Exception {
        Path path = empty(name, SIZE.plus(LuksType.LUKS1.headerSize()));
        CryptSetup.probe(CommandRunner.local()).format(path, LuksType.LUKS1, key);
        return Image.luks(path).unlockedBy(key);
    }

    String path(String name) {
        return directory.resolve(name).toString();
    }

    /** Copies all, and returns when the target is the same. */
    void mirror(BlockNode from, BlockNode to) throws Exception {
        finish(daemon.jobs().mirror(MirrorRequest.of(from, to)));
    }

    /** Sees a job through that becomes ready before it is completed. */
    static void finish(BlockJob job) throws Exception {
        job.awaitReady(LIMIT);
        job.complete();
        job.await(LIMIT).orThrow();
        job.dismiss();
    }
}
