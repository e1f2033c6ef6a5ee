package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
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

/** Finds out what a build of qemu-img can do: by trying where that is cheap, since words in help texts come and go. */
final class QemuImgTrials {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Pattern VERSION = Pattern.compile("qemu-img version ([!-~]+)");
    /** Up to 10.0 "Supported formats:" and all on one line, then "Supported image formats:" and several lines. */
    private static final Pattern FORMATS = Pattern.compile("Supported (?:image )?formats:");
    /** A disk that takes all and keeps nothing. */
    private static final String NOWHERE = "driver=null-co,size=1M";

    private final QemuImgProgram program;
    private final String help;
    private final Set<String> formats;

    private QemuImgTrials(QemuImgProgram program, String help) {
        this.program = program;
        this.help = help;
        this.formats = formats(help);
    }

    /** Returns the program with its version and what it can do. */
    static QemuImgProgram probe(CommandRunner runner, String name) throws InterruptedException {
        QemuImgProgram unknown =
                new QemuImgProgram(runner, name, "", Set.of(), Optional.empty(), ToolLimits.forUntrusted());
        String help = ask(unknown, List.of("--help")).output();
        Matcher version = VERSION.matcher(help);
        if (!version.find()) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .message(
                            "%s does not say that it is qemu-img; it says: %s",
                            name, help.lines().findFirst().orElse("nothing"));
        }
        QemuImgTrials trials = new QemuImgTrials(unknown, help);
        EnumSet<QemuImgAbility> found = EnumSet.noneOf(QemuImgAbility.class);
        for (QemuImgAbility ability : QemuImgAbility.values()) {
            if (trials.can(ability)) {
                found.add(ability);
            }
        }
        return new QemuImgProgram(
                runner, name, version.group(1), Set.copyOf(found), Optional.empty(), ToolLimits.usual());
    }

    private boolean can(QemuImgAbility ability) throws InterruptedException {
        return switch (ability) {
            case LUKS -> new LuksTrial(program).succeeds();
            case QCOW2 -> makes("qcow2");
            case VMDK -> makes("vmdk");
            case VHD -> makes("vpc");
            case VHDX -> makes("vhdx");
            case VDI -> makes("vdi");
            case TARGET_IS_ZERO -> converts(List.of("--target-is-zero"), "--target-is-zero");
            case RATE_LIMIT -> converts(List.of("-r", "1G"), "rate_limit", "--rate-limit");
            case EXTERNAL_DATA ->
                ask(program, List.of("create", "-f", "qcow2", "-o", "help"))
                        .output()
                        .contains("data_file=");
        };
    }

    /** A format that the help does not list is tried. */
    private boolean makes(String format) throws InterruptedException {
        return formats.contains(format)
                || ask(program, List.of("create", "-f", format, "-o", "help")).succeeded();
    }

    /** Where the trial says nothing, since the build has no disk that keeps nothing, the words of the help must do. */
    private boolean converts(List<String> option, String... words) throws InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("convert", "-n"));
        arguments.addAll(option);
        arguments.addAll(List.of("--image-opts", "--target-image-opts", NOWHERE, NOWHERE));
        CommandResult result = ask(program, arguments);
        if (result.succeeded() || Complaint.isUnknownOption(result)) {
            return result.succeeded();
        }
        // Where options are told per command, from 10.1 on, the general help does not have them.
        String told = help + ask(program, List.of("convert", "--help")).output();
        return Arrays.stream(words).anyMatch(told::contains);
    }

    private static CommandResult ask(QemuImgProgram program, List<String> arguments) throws InterruptedException {
        return program.runner().run(program.command(arguments, Optional.of(LIMIT)));
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
}
