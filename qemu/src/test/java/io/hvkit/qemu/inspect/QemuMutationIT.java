package io.hvkit.qemu.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.hvkit.core.ByteSize;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sound images with a few bytes changed at random: what we accept, qemu either refuses or sees with the same size and over nothing
 * else. So nothing that passes here means something else there.
 */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class QemuMutationIT {

    private record Base(String format, String sample, int header) {}

    private static final List<Base> BASES = List.of(
            new Base("qcow2", "qcow2-v3", 160),
            new Base("qcow2", "qcow2-v2", 120),
            new Base("vmdk", "vmdk-sparse", 800),
            new Base("vdi", "vdi", 512),
            new Base("vpc", "vhd-dynamic", 1536));
    private static final int SLICE = 30;

    @TempDir
    private Path directory;

    @TestFactory
    Stream<DynamicTest> what_we_accept_qemu_refuses_or_sees_the_same() {
        long seed = System.nanoTime();
        int rounds = Boolean.getBoolean("hvkit.thorough") ? SLICE * 20 : SLICE;
        return BASES.stream()
                .map(base -> dynamicTest(base.sample() + " with " + seed, () -> {
                    Random random = new Random(seed);
                    for (int round : IntStream.range(0, rounds).toArray()) {
                        compare(base, mutated(base, random), "seed " + seed + ", round " + round);
                    }
                }));
    }

    private void compare(Base base, byte[] bytes, String about) throws Exception {
        Path image = Files.write(directory.resolve("mutated"), bytes);
        InspectedImage ours = UntrustedImage.at(image).inspect();
        ImagePolicy policy = ImagePolicy.forTemplates().upTo(ByteSize.bytes(Long.MAX_VALUE));
        if (ours.formats().contains(FileFormat.RAW) || !policy.judge(ours).isEmpty()) {
            return;
        }
        QemuImgCall theirs = QemuImgCall.run("info", "--output=json", "-f", base.format(), image.toString());
        if (theirs.exitCode() != 0) {
            assertThat(theirs.said()).as(about).contains("Could not open");
            return;
        }
        JsonNode report = new JsonMapper().readTree(theirs.said());
        assertThat(report.has("backing-filename")).as("%s: %s", about, theirs).isFalse();
        assertThat(report.findPath("data-file").isMissingNode())
                .as("%s: %s", about, theirs)
                .isTrue();
        assertThat(report.path("virtual-size").asLong())
                .as("%s: %s and %s", about, ours, theirs)
                .isEqualTo(ours.virtualSize().bytes());
    }

    private static byte[] mutated(Base base, Random random) {
        ByteBuffer image = ByteBuffer.wrap(Samples.sound(base.sample()));
        for (int change = 0; change <= random.nextInt(3); change++) {
            int at = 4 + random.nextInt(base.header() - 12);
            switch (random.nextInt(5)) {
                case 0 -> image.put(at, (byte) random.nextInt());
                case 1 -> image.put(at, (byte) (image.get(at) ^ 1 << random.nextInt(8)));
                case 2 -> image.putInt(at / 4 * 4, random.nextInt(16));
                case 3 -> image.putInt(at / 4 * 4, random.nextInt());
                default -> image.putLong(at / 8 * 8, random.nextInt(1 << 16));
            }
        }
        return Samples.bytes(image);
    }
}
