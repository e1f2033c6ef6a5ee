package io.hvkit.kvm.internal.host;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFacts;
import io.hvkit.core.HostFeature;
import io.hvkit.core.Secret;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds out whether a host can encrypt by having it do so, since tools list what they cannot do: a tiny image is made, opened and
 * refused to another key by one program, and then by the other. The keys are made for it and open nothing else. The image has no
 * name while it is used, so that nothing is left, whatever is killed.
 */
public final class EncryptionProbe {

    /** A busy host takes seconds. */
    public static final Duration USUAL_LIMIT = Duration.ofSeconds(90);

    private static final String SCRIPT = "encryption-probe.sh";
    private static final String TRY = "try ";
    private static final String TOOL = "tool ";

    private final CommandRunner runner;
    private final Duration limit;

    /** Looks at nothing yet; one look takes no longer than {@code limit}. */
    public EncryptionProbe(CommandRunner runner, Duration limit) {
        this.runner = runner;
        this.limit = limit;
    }

    /** What the script has said so far. */
    private static final class Heard {

        private final List<String> tried = new ArrayList<>();
        private final Map<String, String> versions = new LinkedHashMap<>();

        synchronized void line(String line) {
            if (line.startsWith(TRY)) {
                tried.add(line.substring(TRY.length()));
            } else if (line.startsWith(TOOL)) {
                List<String> words = List.of(line.substring(TOOL.length()).split(" ", 2));
                versions.put(words.get(0), words.size() < 2 ? "" : words.get(1));
            }
        }

        synchronized String last() {
            return tried.isEmpty() ? "the trial begins" : tried.get(tried.size() - 1);
        }

        synchronized Map<String, String> details(Duration took) {
            Map<String, String> details = new LinkedHashMap<>(versions);
            details.put("tried", String.join("; ", tried));
            details.put("took", took.toMillis() + " ms");
            return details;
        }

        synchronized boolean knows(String tool) {
            return versions.containsKey(tool);
        }
    }

    /**
     * Returns these facts with what was found.
     *
     * @throws DriverException with {@code UNREACHABLE} if the host does not answer
     */
    public HostFacts addTo(HostFacts facts) throws InterruptedException {
        Heard heard = new Heard();
        long begun = System.nanoTime();
        Optional<String> obstacle = obstacle(heard);
        Map<String, String> details = heard.details(Duration.ofNanos(System.nanoTime() - begun));
        HostFacts known = heard.knows("qemu-img")
                ? facts.having(HostFeature.QEMU_IMG, "qemu-img answers", details)
                : facts.lacking(HostFeature.QEMU_IMG, obstacle.orElse("qemu-img does not say its version"), details);
        return obstacle.isEmpty()
                ? known.having(
                        HostFeature.VOLUME_ENCRYPTION,
                        "qemu-img and cryptsetup made tiny encrypted images, opened them and refused another key",
                        details)
                : known.lacking(HostFeature.VOLUME_ENCRYPTION, obstacle.get(), details);
    }

    /** Returns what was in the way, in words for people; nothing if all went well. */
    private Optional<String> obstacle(Heard heard) throws InterruptedException {
        try (Secret keys = twoKeys()) {
            CommandResult result = runner.run(Command.of("sh", "-c", script(), SCRIPT)
                    .within(limit)
                    .feeding(keys)
                    .listening(heard::line));
            return result.succeeded() ? Optional.empty() : Optional.of(failed(heard, result));
        } catch (DriverException e) {
            if (e.failure() == Failure.UNREACHABLE) {
                throw e;
            }
            return Optional.of("not so: " + heard.last() + " (" + e.getMessage() + ")");
        }
    }

    private static String failed(Heard heard, CommandResult result) {
        String last = result.errors()
                .lines()
                .filter(line -> !line.isBlank())
                .reduce((first, second) -> second)
                .orElse("exit code " + result.exitCode());
        return "not so: " + heard.last() + " (" + last.strip() + ")";
    }

    private static Secret twoKeys() {
        try (Secret right = Secret.random();
                Secret wrong = Secret.random()) {
            return right.withArray(first -> wrong.withArray(second -> {
                byte[] both = Arrays.copyOf(first, first.length + second.length + 2);
                try {
                    both[first.length] = '\n';
                    System.arraycopy(second, 0, both, first.length + 1, second.length);
                    both[both.length - 1] = '\n';
                    return Secret.copyOf(both);
                } finally {
                    Arrays.fill(both, (byte) 0);
                }
            }));
        }
    }

    private static String script() {
        try (InputStream script = EncryptionProbe.class.getResourceAsStream(SCRIPT)) {
            if (script == null) {
                throw new IllegalStateException(SCRIPT + " is not in the jar");
            }
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
