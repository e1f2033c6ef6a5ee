package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.DriverException;
import io.hvkit.engine.matrix.Verdict.Refused;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the engine says where the matrix refuses, in its own words: why, and what to do instead. */
final class RefusalWords {

    /** By the reasons of the matrix: for each, the words of one of these lists are in what the engine says. */
    private static final Map<String, List<List<String>>> WORDS = Map.ofEntries(
            entry("a machine has the volume", List.of(List.of("is attached to machine", "detach it first"))),
            entry(
                    "the pool encrypts nothing",
                    List.of(
                            List.of("encrypts nothing", "move it to another pool"),
                            List.of("encrypts nothing", "name another pool"),
                            List.of("encrypts nothing", "choose another one"))),
            entry(
                    "the storage encrypts with keys of its own, which it alone changes",
                    List.of(
                            List.of("encrypts with keys of its own", "to a pool whose volumes have keys"),
                            List.of("is encrypted by its storage", "to a pool whose volumes have keys"))),
            entry(
                    "the volume has no key",
                    List.of(List.of("it has no key", "encrypt it, or move it to where it is encrypted"))),
            entry(
                    "the machine that runs with the volume holds its header",
                    List.of(List.of(
                            "is used by machine",
                            "stop it or detach the volume, or encrypt the volume anew while it runs"))),
            entry(
                    "what is encrypted is never laid open in its place",
                    List.of(List.of(
                            "never laid open",
                            "choose an offering that encrypts, or copy what it holds to a new volume"))),
            entry(
                    "the pool makes no volume larger",
                    List.of(List.of("makes no volume larger", "move data to another one"))),
            entry("the machine does not run", List.of(List.of("moves while it runs", "start it"))),
            entry("the machine runs", List.of(List.of("is RUNNING", "while it is STOPPED"))),
            entry("a machine runs with the volume", List.of(List.of("is used by machine web, which runs", "stop it"))),
            entry(
                    "what is encrypted would lie in clear in a volume",
                    List.of(
                            List.of("would lie in clear", "ask for it encrypted()"),
                            List.of("would hold the same in clear", "ask for it encrypted()"),
                            List.of("would lie in the clear", "say encrypted()"))),
            entry(
                    "what is encrypted would lie in clear outside",
                    List.of(List.of("would lie in clear", "say encryptedBy(a key), or inClear(who authorises that)"))),
            entry(
                    "the disk of the machine that runs has no room for notes of changes",
                    List.of(List.of(
                            "has no room for notes",
                            "stop the machine, and take the snapshot then, or move the volume to"))));

    private static Map.Entry<String, List<List<String>>> entry(String reason, List<List<String>> words) {
        return Map.entry(reason, words);
    }

    private RefusalWords() {}

    /** Fails if the engine refuses in another way than the matrix says, for another reason, or names another way out. */
    static void check(Refused said, DriverException refusal) {
        String message = String.valueOf(refusal.getMessage());
        assertThat(refusal.failure()).as(message).isEqualTo(said.failure());
        List<List<String>> known = Optional.ofNullable(WORDS.get(said.reason())).orElse(List.of());
        assertThat(known)
                .as("%s: %s", said, message)
                .anyMatch(words -> words.stream().allMatch(message::contains));
    }
}
