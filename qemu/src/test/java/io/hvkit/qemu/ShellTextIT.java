package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ShellTextIT {

    private static final String ALPHABET = "ab01 ''\"\"\\\\$`!*?~#&;|<>(){}[]\n\t\r=%^-,:@+./\u0001\u007f";

    @Test
    void a_real_shell_takes_every_word_as_it_is() throws Exception {
        List<String> words = new ArrayList<>(WeirdNames.KNOWN);
        words.addAll(List.of("", "'", "''", "'\\''", "\\", "\n", "$(reboot)", "`reboot`", "a'b'c", "$'x'", "!!"));
        for (String shell : List.of("sh", "bash")) {
            assertThat(said(shell, words)).isEqualTo(words);
        }
    }

    @Test
    void words_by_chance_arrive_as_they_are() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < Campaign.rounds(30); round++) {
            List<String> words = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                words.add(word(random));
            }
            assertThat(said("sh", words)).as("seed %s, round %s", seed, round).isEqualTo(words);
        }
    }

    private static List<String> said(String shell, List<String> words) throws InterruptedException {
        String script = "printf '%s\\0' " + ShellText.line(words);
        CommandResult result = CommandRunner.local().run(Command.of(shell, "-c", script));
        assertThat(result.errors()).isEmpty();
        return List.of(
                result.output().substring(0, result.output().length() - 1).split("\0", -1));
    }

    private static String word(Random random) {
        StringBuilder word = new StringBuilder();
        for (int i = random.nextInt(20); i > 0; i--) {
            word.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return word.toString();
    }
}
