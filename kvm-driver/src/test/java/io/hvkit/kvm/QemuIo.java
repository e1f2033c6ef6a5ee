package io.hvkit.kvm;

import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.testkit.endpoint.EndPointUnderTest.Holding;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads and writes disks as a machine does, by qemu-io, with which no end point works. All layers have one key. */
record QemuIo(CommandRunner runner) {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    void write(DiskImage image, long offset, byte[] bytes) throws InterruptedException {
        for (byte b : bytes) {
            if (b != bytes[0]) {
                throw new IllegalArgumentException("one and the same byte is written");
            }
        }
        done(image, "write -P " + (bytes[0] & 0xFF) + " " + offset + " " + bytes.length);
    }

    byte[] read(DiskImage image, long offset, int length) throws InterruptedException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        done(image, "read -v " + offset + " " + length)
                .output()
                .lines()
                .filter(line -> line.matches("[0-9a-f]{8,16}:  .*"))
                .forEach(line -> {
                    int start = line.indexOf(':') + 3;
                    for (int i = 0; i < 16; i++) {
                        bytes.write(Integer.parseInt(line, start + 3 * i, start + 3 * i + 2, 16));
                    }
                });
        return bytes.toByteArray();
    }

    /** Has a machine that stands still use an image until it is closed: qemu-io itself would keep nobody off. */
    Holding hold(DiskImage image) throws InterruptedException {
        Path pidFile = Path.of(image.attachment().requirePath() + ".pid");
        List<String> argv = new ArrayList<>(List.of("qemu-system-x86_64", "-M", "q35", "-accel", "tcg,tb-size=16"));
        argv.addAll(List.of("-m", "16", "-S", "-display", "none", "-nodefaults", "-daemonize"));
        argv.addAll(List.of("-pidfile", pidFile.toString()));
        argv.addAll(secret(image));
        argv.addAll(List.of("-blockdev", "node-name=d," + options("", image), "-device", "virtio-blk-pci,drive=d"));
        done(image, feeding(image, Command.of(argv).within(LIMIT)));
        return () -> {
            try {
                String end =
                        "pid=$(cat \"$1\") && kill \"$pid\" && while kill -0 \"$pid\"; do sleep 0.1; done 2>/dev/null;"
                                + " rm -f \"$1\"";
                done(
                        image,
                        Command.of("sh", "-c", end, "sh", pidFile.toString()).within(LIMIT));
            } catch (InterruptedException e) {
                throw new IllegalStateException("interrupted while ending a machine", e);
            }
        };
    }

    private static List<String> secret(DiskImage image) {
        return key(image).isPresent() ? List.of("-object", "secret,id=k,format=raw,file=/dev/stdin") : List.of();
    }

    private static Command feeding(DiskImage image, Command command) {
        return key(image).map(command::feeding).orElse(command);
    }

    private static Optional<Secret> key(DiskImage image) {
        return image.layers().stream().flatMap(layer -> layer.key().stream()).findFirst();
    }

    private CommandResult done(DiskImage image, String work) throws InterruptedException {
        List<String> argv = new ArrayList<>(List.of("qemu-io"));
        secret(image).forEach(word -> argv.add(word.replace("-object", "--object")));
        argv.addAll(List.of("--image-opts", options("", image), "-c", work));
        return done(image, feeding(image, Command.of(argv).within(LIMIT)));
    }

    private CommandResult done(DiskImage image, Command command) throws InterruptedException {
        CommandResult result = runner.run(command);
        if (!result.succeeded()) {
            throw new AssertionError(image + ": " + result.output() + result.errors());
        }
        return result;
    }

    private static String options(String prefix, DiskImage image) {
        String own = prefix + "driver=" + image.format().qemuName() + "," + prefix + "file.driver="
                + image.attachment().match(device -> "host_device", file -> "file", far -> "none") + "," + prefix
                + "file.filename=" + image.attachment().requirePath();
        String unlocked = image.key().isEmpty()
                ? own
                : own
                        + (image.format() == ImageFormat.LUKS
                                ? "," + prefix + "key-secret=k"
                                : "," + prefix + "encrypt.format=luks," + prefix + "encrypt.key-secret=k");
        return image.base()
                .map(base -> unlocked + "," + options(prefix + "backing.", base))
                .orElse(unlocked);
    }
}
