package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Images of its own for one call, and programs whose commands are written down. */
final class ArgvStage {
    final Path directory;
    final CommandRunner runner;
    final QemuImg qemuImg;
    final CryptSetup cryptSetup;
    final Secret one;
    final Secret two;
    private final Path shared;

    ArgvStage(Path shared, Path directory, Secret one, Secret two, List<List<String>> commands) throws Exception {
        this.shared = shared;
        this.one = one;
        this.two = two;
        this.directory = directory;
        CommandRunner local = CommandRunner.local();
        runner = command -> {
            commands.add(command.argv());
            return local.run(command);
        };
        qemuImg = QemuImg.probe(runner);
        cryptSetup = CryptSetup.probe(runner);
    }

    /** A LUKS image of nearly 1 MiB. */
    Image luks() throws IOException {
        return Image.luks(copy("luks")).unlockedBy(one);
    }

    /** Another one, as large, with another key. */
    Image otherLuks() throws IOException {
        return Image.luks(copy("other")).unlockedBy(two);
    }

    /** A qcow2 image without a key over a LUKS image. */
    Image overlay() throws Exception {
        Image base = luks();
        String top = directory.resolve("overlay").toString();
        Disks.run("qemu-img", "create", "-q", "-u", "-f", "qcow2", "-b", base.place(), "-F", "luks", top, "1M");
        return Image.qcow2(Path.of(top)).over(base);
    }

    /** A large one with a key of its own, that lies over an encrypted one and does not say so. */
    Image changes() throws Exception {
        Image made = Image.qcow2(directory.resolve("changes")).unlockedBy(two);
        qemuImg.create(CreateRequest.of(made, ByteSize.mebibytes(4)).encryptedWith(LuksCipher.AES_128_XTS));
        return made.over(luks());
    }

    /** The snapshots of an overlay that has one. */
    InternalSnapshots snapshot(String name) throws Exception {
        InternalSnapshots snapshots = qemuImg.snapshots(overlay());
        snapshots.take(name);
        return snapshots;
    }

    /** The bitmaps of an overlay that has one. */
    DirtyBitmaps bitmap(String name) throws Exception {
        DirtyBitmaps bitmaps = qemuImg.bitmaps(overlay());
        bitmaps.add(name);
        return bitmaps;
    }

    /** Merges a bitmap of another image. */
    void mergeBitmaps() throws Exception {
        DirtyBitmaps bitmaps = bitmap("a,b");
        Path other = directory.resolve("o,ther");
        Disks.run("qemu-img", "create", "-q", "-f", "qcow2", other.toString(), "1M");
        qemuImg.bitmaps(Image.qcow2(other)).add("c");
        bitmaps.mergeFrom(Image.qcow2(other), "c", "a,b");
    }

    /** Adds a key and removes another. */
    void removeKey() throws Exception {
        Image image = luks();
        qemuImg.keySlots(image).add(two);
        qemuImg.keySlots(image).remove(two);
    }

    /** A LUKS image that is not there yet. */
    Image absent() {
        return Image.luks(directory.resolve("absent")).unlockedBy(two);
    }

    /** One that is not encrypted: qemu takes two seconds for a LUKS header. */
    Image absentPlain() {
        return Image.qcow2(directory.resolve("absent"));
    }

    /** A file with room for a LUKS header and nothing in it. */
    Path blank() throws InterruptedException {
        Path path = directory.resolve("blank");
        Disks.run("truncate", "-s", "20M", path.toString());
        return path;
    }

    /** Another qemu-img. */
    Path program() throws IOException {
        return Scripts.write(directory.resolve("qemu-img"), "exec qemu-img \"$@\"");
    }

    private Path copy(String name) throws IOException {
        return Files.copy(shared.resolve(name), directory.resolve(name));
    }
}
