package io.hvkit.kvm.internal.endpoint;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Whether the kernel of a host uses a block device: QEMU's locks keep QEMU's own processes apart, and tell nothing of a device that is
 * mounted or is part of another one.
 */
final class DeviceUse {

    private static final String SCRIPT = "device-use.sh";
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final CommandRunner runner;

    DeviceUse(CommandRunner runner) {
        this.runner = runner;
    }

    /**
     * Goes on only if nobody uses the device.
     *
     * @throws DriverException with {@code IN_USE}, naming who does; {@code HOST_NOT_READY} if nobody can tell
     */
    void requireNone(Path device) throws InterruptedException {
        CommandResult result = runner.run(
                Command.of("sh", "-c", script(), SCRIPT, device.toString()).within(LIMIT));
        if (!result.succeeded()) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .vendorCode("exit " + result.exitCode())
                    .message(
                            "who uses %s cannot be told, so nothing is written there: %s",
                            device, result.errors().strip());
        }
        String users = String.join(", ", result.output().lines().toList());
        if (!users.isEmpty()) {
            throw DriverException.because(Failure.IN_USE)
                    .message("%s is in use by its host: %s; end that first", device, users);
        }
    }

    private static String script() {
        try (InputStream script = DeviceUse.class.getResourceAsStream(SCRIPT)) {
            if (script == null) {
                throw new IllegalStateException(SCRIPT + " is not in the jar");
            }
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
