package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The cryptsetup program, for LUKS on files and block devices. Nothing is mapped: no device-mapper is needed. Immutable and safe
 * for any number of threads. Keys go by standard input and may hold any bytes; QEMU opens only those that are text.
 */
public final class CryptSetup {

    private static final String PROGRAM = "cryptsetup";
    private static final String PACKAGES = "cryptsetup-bin (Debian, Ubuntu) or cryptsetup (Fedora)";
    private static final Pattern VERSION = Pattern.compile("cryptsetup (\\d\\S*)");
    private static final int NOT_LUKS = 1;
    private static final int WRONG_KEY = 2;
    private static final ByteSize SECTOR = ByteSize.bytes(512);

    private final CommandRunner runner;
    private final String version;

    private CryptSetup(CommandRunner runner, String version) {
        this.runner = runner;
        this.version = version;
    }

    /**
     * Looks for cryptsetup in {@code PATH} and returns it.
     *
     * @throws DriverException with {@code HOST_NOT_READY} if it is not installed or does not answer like cryptsetup
     */
    public static CryptSetup probe(CommandRunner runner) throws InterruptedException {
        CommandResult result = runner.run(command("--version"));
        Matcher matcher = VERSION.matcher(result.output());
        if (!matcher.find()) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .message(
                            "%s does not say which version it is; it says: %s",
                            PROGRAM, result.output().strip());
        }
        return new CryptSetup(runner, matcher.group(1));
    }

    /** Returns the version, as the program writes it. */
    public String version() {
        return version;
    }

    /**
     * Writes a LUKS header onto a file or block device: AES-256-XTS, SHA-256, proven by reading it back. The rest of the
     * device is not touched; it reads as noise. A random key gets a cheap key derivation, since nothing is gained by a slow one;
     * any other gets the tool's own.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>it holds a LUKS header already, with whatever key</td><td>{@code EXISTS_DIFFERENTLY}; it is never formatted
     *     again</td></tr>
     * <tr><td>it holds what looks like a broken LUKS header</td><td>{@code CORRUPT_DATA}; it is left alone</td></tr>
     * <tr><td>nothing is there</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>it is no larger than the header</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>somebody uses it</td><td>{@code IN_USE}</td></tr>
     * </table>
     *
     * @param device a file or block device with more room than {@link LuksType#headerSize}; what it holds is lost
     */
    public void format(Path device, LuksType type, Secret key) throws InterruptedException {
        Path path = ImagePath.of(device);
        if (LuksHeader.read(runner.files(), path).isPresent() || isLuks(path)) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("%s holds a LUKS header already and is never formatted again; wipe it first", path);
        }
        requireRoom(path, type);
        List<String> arguments = new ArrayList<>(List.of(
                "luksFormat",
                "--batch-mode",
                "--type",
                type.cryptSetupName(),
                "--cipher",
                "aes-xts-plain64",
                "--key-size",
                "512",
                "--hash",
                "sha256"));
        if (key.strength() == Secret.Strength.RANDOM) {
            arguments.addAll(
                    switch (type) {
                        case LUKS1 -> List.of("--pbkdf-force-iterations", "1000");
                        case LUKS2 -> List.of("--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000");
                    });
        }
        arguments.addAll(List.of("--key-file=-", path.toString()));
        CommandResult result =
                runner.run(command(arguments.toArray(String[]::new)).feeding(key));
        if (!result.succeeded()) {
            throw failed("luksFormat", path, result, Effect.UNKNOWN);
        }
        if (LuksHeader.read(runner.files(), path).filter(h -> h.type() == type).isEmpty()) {
            throw DriverException.because(Failure.DEFECT)
                    .message("%s was formatted as %s, and its bytes do not show it", path, type);
        }
    }

    /**
     * Returns whether {@code key} opens any key slot, changing nothing.
     *
     * <p>Failures: {@code NOT_FOUND} if nothing is there, {@code CORRUPT_DATA} if it holds no LUKS header.
     */
    public boolean unlocks(Path device, Secret key) throws InterruptedException {
        Path path = ImagePath.of(device);
        CommandResult result = runner.run(command("open", "--test-passphrase", "--key-file=-", path.toString())
                .feeding(key));
        return switch (result.exitCode()) {
            case 0 -> true;
            case WRONG_KEY -> false;
            default -> throw failed("open --test-passphrase", path, result, Effect.NOT_APPLIED);
        };
    }

    /**
     * Returns whether there is a LUKS header that cryptsetup understands, changing nothing.
     *
     * <p>Failures: {@code NOT_FOUND} if nothing is there.
     */
    public boolean isLuks(Path device) throws InterruptedException {
        Path path = ImagePath.of(device);
        CommandResult result = runner.run(command("isLuks", path.toString()));
        return switch (result.exitCode()) {
            case 0 -> true;
            case NOT_LUKS -> false;
            default -> throw failed("isLuks", path, result, Effect.NOT_APPLIED);
        };
    }

    private void requireRoom(Path path, LuksType type) throws InterruptedException {
        ByteSize size = runner.files().status(path).size();
        if (size.compareTo(type.headerSize().plus(SECTOR)) < 0) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "%s has %s; %s takes %s for its header, and data comes on top",
                            path, size, type, type.headerSize());
        }
    }

    private static Command command(String... arguments) {
        List<String> argv = new ArrayList<>();
        argv.add(PROGRAM);
        argv.addAll(List.of(arguments));
        return Command.of(argv).providedBy(PACKAGES);
    }

    private static DriverException failed(String verb, Path path, CommandResult result, Effect doubt) {
        return Complaint.of(PROGRAM + " " + verb + " of " + path, result, doubt, path);
    }
}
