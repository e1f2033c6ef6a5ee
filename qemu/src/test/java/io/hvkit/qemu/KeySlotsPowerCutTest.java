package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Secret;
import io.hvkit.qemu.internal.luks.Luks1HeaderWriter;
import io.hvkit.qemu.internal.luks.Luks1Trial;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** The power goes at every moment of a change of keys, and any part of what was not flushed is lost. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class KeySlotsPowerCutTest {

    private static final int SECTOR = 512;
    private static final int SLOTS = 208;
    private static final int SLOT = 48;
    private static final int MATERIAL = 4096;
    private static final int MATERIAL_BYTES = 256_000;
    private static final String ENABLED = "00ac71f3";
    private static final int CUTS = 12;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final Secret first = Secret.random();
    private final Secret second = Secret.random();
    private final byte[] fresh = first.withArray(
            bytes -> Arrays.copyOf(new Luks1HeaderWriter().header(bytes), Luks1HeaderWriter.PAYLOAD_OFFSET));

    @AfterEach
    void keys() {
        first.close();
        second.close();
    }

    @Test
    void while_a_key_is_added_the_first_one_opens_the_image_and_no_slot_counts_that_the_new_one_does_not_open() {
        FlushedDisk disk = new FlushedDisk(fresh, image -> {
            assertThat(openedBy(first, image)).as("seed %s", seed).containsExactly(0);
            assertThat(openedBy(second, image).contains(1))
                    .as("slot 1 counts, seed %s", seed)
                    .isEqualTo(isEnabled(image, 1));
        });

        assertThat(slots(first).fill(disk.header(), second)).contains(1);

        assertThat(openedBy(second, disk.flushed())).containsExactly(1);
        assertThat(disk.cuts).isGreaterThan(CUTS);
    }

    @Test
    void while_a_key_is_erased_the_other_opens_the_image_and_a_slot_is_free_only_when_its_material_is_gone() {
        byte[] both = withBoth();
        FlushedDisk disk = new FlushedDisk(both, image -> {
            assertThat(openedBy(second, image)).as("seed %s", seed).containsExactly(1);
            if (!isEnabled(image, 0)) {
                assertMaterialIsGone(both, image);
            }
            FlushedDisk later = new FlushedDisk(image, again -> {});
            if (isEnabled(image, 0)) {
                assertThat(slots(second).erase(later.header(), openedBy(first, image)))
                        .as("who comes later, seed %s", seed)
                        .contains(new TreeSet<>(Set.of(0)));
                assertMaterialIsGone(both, later.flushed());
                assertThat(openedBy(second, later.flushed())).containsExactly(1);
            }
        });

        assertThat(slots(second).erase(disk.header(), new TreeSet<>(Set.of(0)))).isPresent();

        assertThat(isEnabled(disk.flushed(), 0)).isFalse();
        assertMaterialIsGone(both, disk.flushed());
        assertThat(disk.cuts).isGreaterThan(CUTS);
    }

    @Test
    void the_only_key_is_never_erased_and_nothing_is_written() {
        FlushedDisk disk = new FlushedDisk(fresh, image -> {});

        assertThat(slots(first).erase(disk.header(), new TreeSet<>(Set.of(0)))).isEmpty();
        assertThat(slots(second).erase(disk.header(), new TreeSet<>(Set.of(0)))).isEmpty();

        assertThat(disk.flushed()).isEqualTo(fresh);
        assertThat(disk.cuts).isZero();
    }

    private byte[] withBoth() {
        FlushedDisk disk = new FlushedDisk(fresh, image -> {});
        assertThat(slots(first).fill(disk.header(), second)).contains(1);
        return disk.flushed();
    }

    private void assertMaterialIsGone(byte[] before, byte[] after) {
        for (int at = MATERIAL; at < MATERIAL + MATERIAL_BYTES; at += SECTOR) {
            int end = Math.min(at + SECTOR, MATERIAL + MATERIAL_BYTES);
            assertThat(Arrays.equals(before, at, end, after, at, end))
                    .as("material at %s is as it was, seed %s", at, seed)
                    .isFalse();
        }
    }

    private static OwnKeySlots slots(Secret own) {
        return new OwnKeySlots(new LocalFiles(), Image.luks(Path.of("/nowhere")).unlockedBy(own));
    }

    private static SortedSet<Integer> openedBy(Secret key, byte[] header) {
        return key.<SortedSet<Integer>, RuntimeException>withArray(bytes -> Luks1Trial.slots(header, bytes));
    }

    private static boolean isEnabled(byte[] header, int slot) {
        int at = SLOTS + slot * SLOT;
        return HexFormat.of().formatHex(header, at, at + 4).equals(ENABLED);
    }

    /** A disk whose power may go: what was not flushed is there sector by sector, or is not. */
    private final class FlushedDisk implements OwnHeader.Medium {

        private record Pending(int at, ByteBuffer bytes) {
            void into(byte[] image) {
                bytes.duplicate().get(image, at, bytes.remaining());
            }
        }

        private final byte[] flushed;
        private final Consumer<byte[]> judge;
        private final List<Pending> pending = new ArrayList<>();
        private int cuts;

        FlushedDisk(byte[] content, Consumer<byte[]> judge) {
            this.flushed = content.clone();
            this.judge = judge;
        }

        OwnHeader header() {
            return new OwnHeader(flushed.clone(), () -> this, "a disk that loses its power");
        }

        byte[] flushed() {
            return flushed.clone();
        }

        @Override
        public void write(long at, byte[] bytes) {
            byte[] copy = bytes.clone();
            for (int done = 0; done < bytes.length; ) {
                int length = Math.min(bytes.length - done, SECTOR - (int) ((at + done) % SECTOR));
                pending.add(new Pending((int) at + done, ByteBuffer.wrap(copy, done, length)));
                done += length;
            }
            for (int cut = 0; cut < CUTS; cut++) {
                cut(random.nextDouble());
            }
            cut(0);
            cut(1);
        }

        private void cut(double share) {
            byte[] image = flushed.clone();
            for (Pending each : pending) {
                if (random.nextDouble() < share) {
                    each.into(image);
                }
            }
            cuts++;
            judge.accept(image);
        }

        @Override
        public void sync() {
            pending.forEach(each -> each.into(flushed));
            pending.clear();
        }

        @Override
        public void close() {}
    }
}
