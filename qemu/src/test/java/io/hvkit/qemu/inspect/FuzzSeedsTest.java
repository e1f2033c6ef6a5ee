package io.hvkit.qemu.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/**
 * The seeds that fuzzing starts from are the sound samples, cut where nothing follows but zeroes; what once broke a reader lies
 * beside them. To write them anew, run this
 * test with {@code -Dhvkit.seeds=write}.
 */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class FuzzSeedsTest {

    private static final Path SEEDS = Path.of("src/test/resources/io/hvkit/qemu/inspect/InspectionFuzzTestInputs");
    private static final int LARGEST = 20_000;

    @Test
    void the_seeds_are_the_samples() throws Exception {
        Map<Path, byte[]> seeds = new TreeMap<>();
        Samples.sound().forEach((name, bytes) -> {
            byte[] cut = cut(bytes);
            if (cut.length <= LARGEST) {
                seeds.put(SEEDS.resolve(target(name)).resolve(name), cut);
                seeds.put(SEEDS.resolve("all_at_once").resolve(name), cut);
            }
        });
        seeds.put(SEEDS.resolve("vhdx").resolve("unchanged"), new byte[512]);
        seeds.put(SEEDS.resolve("iso").resolve("unchanged"), new byte[512]);
        seeds.put(SEEDS.resolve("luks2").resolve("json"), Samples.utf8(Samples.luks2Json()));
        assertThat(seeds).hasSizeGreaterThan(25);
        for (Map.Entry<Path, byte[]> seed : seeds.entrySet()) {
            if (System.getProperty("hvkit.seeds", "").equals("write")) {
                Files.createDirectories(seed.getKey().getParent());
                Files.write(seed.getKey(), seed.getValue());
            }
            assertThat(seed.getKey()).hasBinaryContent(seed.getValue());
        }
    }

    private static String target(String sample) {
        return switch (sample) {
            case "mbr", "gpt" -> "partitions";
            case "qcow", "qed", "vdi", "vhdx", "iso", "luks1", "luks2" -> sample;
            default -> sample.substring(0, sample.indexOf('-'));
        };
    }

    private static byte[] cut(byte[] bytes) {
        int end = bytes.length;
        while (end > 512 && bytes[end - 1] == 0) {
            end--;
        }
        return Arrays.copyOf(bytes, (end + 511) / 512 * 512);
    }
}
