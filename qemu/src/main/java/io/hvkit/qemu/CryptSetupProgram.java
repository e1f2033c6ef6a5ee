package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How cryptsetup is run, and what it answers. */
record CryptSetupProgram(CommandRunner runner, String version, Optional<Duration> limit) {

    private static final String PROGRAM = "cryptsetup";
    private static final String PACKAGES = "cryptsetup-bin (Debian, Ubuntu) or cryptsetup (Fedora)";
    private static final Pattern VERSION = Pattern.compile("cryptsetup (\\d[!-~]*)");

    static CryptSetupProgram probe(CommandRunner runner) throws InterruptedException {
        CommandResult result = runner.run(Command.of(PROGRAM, "--version").providedBy(PACKAGES));
        Matcher matcher = VERSION.matcher(result.output());
        if (!matcher.find()) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .message(
                            "%s does not say which version it is; it says: %s",
                            PROGRAM, result.output().strip());
        }
        return new CryptSetupProgram(runner, matcher.group(1), Optional.empty());
    }

    CryptSetupProgram within(Duration duration) {
        Command.requirePositive(duration);
        return new CryptSetupProgram(runner, version, Optional.of(duration));
    }

    CommandResult run(List<String> arguments) throws InterruptedException {
        return runner.run(command(arguments));
    }

    /** Runs it with a key, or two keys, on its standard input. */
    CommandResult run(List<String> arguments, Secret input) throws InterruptedException {
        return runner.run(command(arguments).feeding(input));
    }

    private Command command(List<String> arguments) {
        List<String> argv = new ArrayList<>();
        argv.add(PROGRAM);
        argv.addAll(arguments);
        Command command = Command.of(argv).providedBy(PACKAGES);
        return limit.map(command::within).orElse(command);
    }

    /** Returns what the program's words stand for or, where they are not known, its exit code. */
    DriverException failed(String verb, Path path, CommandResult result, Effect doubt) {
        Failure byCode = switch (result.exitCode()) {
            case 2 -> Failure.BAD_CREDENTIALS;
            case 3 -> Failure.EXHAUSTED;
            case 4 -> Failure.NOT_FOUND;
            case 5 -> Failure.IN_USE;
            default -> Failure.DEFECT;
        };
        return Complaint.of(PROGRAM + " " + verb + " of " + path, result, doubt, byCode, path);
    }

    /** Returns whether it runs on this host, so that paths mean the same to it as they do here. */
    boolean isLocal() {
        return files() instanceof LocalFiles;
    }

    HostFiles files() {
        return runner.files();
    }

    /** Returns a header that cryptsetup can work on. */
    LuksHeader requireHeader(Path path) throws InterruptedException {
        LuksHeader header = LuksHeader.read(files(), path)
                .orElseThrow(() -> DriverException.because(Failure.CORRUPT_DATA)
                        .effect(Effect.NOT_APPLIED)
                        .message("%s holds no LUKS header", path));
        if (header.container() != ImageFormat.LUKS) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "the LUKS header of %s is inside a qcow2 image, which cryptsetup cannot look into; use qemu-img",
                            path);
        }
        return header;
    }

    /**
     * Refuses what a machine of this host is reading or writing. Of another host's files nobody here can tell; cryptsetup
     * itself refuses a device that is mounted or mapped.
     */
    void requireUnused(Path path) {
        if (isLocal()) {
            ImageLock.take(LocalFiles.linkTarget(path)).close();
        }
    }
}
