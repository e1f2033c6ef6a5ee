package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The program behind {@link QemuImg}: where it is, what it can do, and how it is called. Immutable. */
record QemuImgProgram(
        CommandRunner runner,
        String name,
        String version,
        Set<QemuImgAbility> abilities,
        Optional<Duration> limit,
        ToolLimits toolLimits) {

    private static final String PACKAGES = "qemu-utils (Debian, Ubuntu) or qemu-img (Fedora)";
    private static final Duration SHORT = Duration.ofMinutes(2);
    private static final Pattern VERSION = Pattern.compile("qemu-img version (\\S+)");
    /** Up to 10.0 "Supported formats:" and all on one line, then "Supported image formats:" and several lines. */
    private static final Pattern FORMATS = Pattern.compile("Supported (?:image )?formats:");

    static QemuImgProgram probe(CommandRunner runner, String name) throws InterruptedException {
        QemuImgProgram unknown = new QemuImgProgram(runner, name, "", Set.of(), Optional.empty(), ToolLimits.usual());
        String help = unknown.ask("--help");
        // Where options are told per command, from 10.1 on, the general help does not have them.
        String convertHelp = unknown.ask("convert", "--help");
        Matcher version = VERSION.matcher(help);
        if (!version.find()) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .message("%s does not say that it is qemu-img; it says: %s", name, firstLine(help));
        }
        EnumSet<QemuImgAbility> found = EnumSet.noneOf(QemuImgAbility.class);
        Set<String> formats = formats(help);
        for (QemuImgAbility ability : QemuImgAbility.values()) {
            boolean able = switch (ability) {
                case LUKS -> unknown.makes("luks", formats);
                case QCOW2 -> unknown.makes("qcow2", formats);
                case VMDK -> unknown.makes("vmdk", formats);
                case VHD -> unknown.makes("vpc", formats);
                case VHDX -> unknown.makes("vhdx", formats);
                case VDI -> unknown.makes("vdi", formats);
                case TARGET_IS_ZERO -> convertHelp.contains("--target-is-zero");
                case RATE_LIMIT -> convertHelp.contains("rate_limit") || convertHelp.contains("--rate-limit");
            };
            if (able) {
                found.add(ability);
            }
        }
        return new QemuImgProgram(
                runner, name, version.group(1), Set.copyOf(found), Optional.empty(), ToolLimits.usual());
    }

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
        return run(keys, arguments, Optional.of(limit.orElse(SHORT)));
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

    private String ask(String... arguments) throws InterruptedException {
        return runner.run(command(List.of(arguments), Optional.of(Duration.ofSeconds(30))))
                .output();
    }

    /** A format that the help does not list is tried: words in a help text may change, as they did in 10.1. */
    private boolean makes(String format, Set<String> listed) throws InterruptedException {
        return listed.contains(format)
                || runner.run(command(
                                List.of("create", "-f", format, "-o", "help"), Optional.of(Duration.ofSeconds(30))))
                        .succeeded();
    }

    private static Set<String> formats(String help) {
        Matcher matcher = FORMATS.matcher(help);
        if (!matcher.find()) {
            return Set.of();
        }
        String list = help.substring(matcher.end()).strip();
        int end = list.indexOf("\n\n");
        return new HashSet<>(
                Arrays.asList(list.substring(0, end < 0 ? list.length() : end).split("\\s+")));
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("nothing");
    }
}
