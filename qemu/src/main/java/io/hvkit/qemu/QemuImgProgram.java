package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The program behind {@link QemuImg}: where it is, what it can do, and how it is called. Immutable. */
record QemuImgProgram(
        CommandRunner runner,
        String name,
        String version,
        Set<QemuImgAbility> abilities,
        Optional<Duration> limit,
        ToolLimits toolLimits) {

    static final String PACKAGES = "qemu-utils (Debian, Ubuntu) or qemu-img (Fedora)";
    private static final Duration SHORT = Duration.ofMinutes(2);

    QemuImgProgram within(Duration other) {
        Command.requirePositive(other);
        return new QemuImgProgram(runner, name, version, abilities, Optional.of(other), toolLimits);
    }

    QemuImgProgram limitedTo(ToolLimits other) {
        return new QemuImgProgram(runner, name, version, abilities, limit, other);
    }

    /** Returns the files of the host that it runs on. */
    HostFiles files() {
        return runner.files();
    }

    boolean can(QemuImgAbility ability) {
        return abilities.contains(ability);
    }

    /** Refuses work on an image that this build has no driver for. */
    void require(Image image) {
        Optional<QemuImgAbility> needed = image.encrypts()
                ? Optional.of(QemuImgAbility.LUKS)
                : switch (image.format()) {
                    case QCOW2 -> Optional.of(QemuImgAbility.QCOW2);
                    case VMDK -> Optional.of(QemuImgAbility.VMDK);
                    case VHD -> Optional.of(QemuImgAbility.VHD);
                    case VHDX -> Optional.of(QemuImgAbility.VHDX);
                    case VDI -> Optional.of(QemuImgAbility.VDI);
                    case RAW, LUKS -> Optional.empty();
                };
        needed.filter(n -> !can(n)).ifPresent(n -> {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .message(
                            "%s %s on this host was built without %s, which %s needs; install a full build: %s",
                            name, version, n, image, PACKAGES);
        });
    }

    /** Runs what ends soon, within two minutes unless the caller said otherwise. */
    CommandResult runShort(QemuKeys keys, List<String> arguments) throws InterruptedException {
        return run(keys, arguments, Optional.of(shortLimit()));
    }

    Duration shortLimit() {
        return limit.orElse(SHORT);
    }

    /** Runs what takes as long as the image is large. */
    CommandResult run(QemuKeys keys, List<String> arguments, Optional<Duration> within) throws InterruptedException {
        return runner.run(keys.feed(command(arguments, within)));
    }

    Command command(List<String> arguments, Optional<Duration> within) {
        List<String> argv = new ArrayList<>();
        argv.add(name);
        argv.addAll(arguments);
        Command command = Command.of(argv).providedBy(PACKAGES).limitedTo(toolLimits);
        return within.map(command::within).orElseGet(command::untilDone);
    }

    static String programName(Path program) {
        return ImagePath.of(program).toString();
    }
}
