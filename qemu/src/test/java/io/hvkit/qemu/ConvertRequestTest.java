package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ConvertRequestTest {

    private static final Image SOURCE = Image.raw(Path.of("/pool/source"));
    private static final Image TARGET = Image.qcow2(Path.of("/pool/target"));

    @Test
    void what_is_not_said_is_the_safe_and_fast_way() {
        ConvertRequest request = ConvertRequest.of(SOURCE, TARGET);

        assertThat(request.sources()).containsExactly(SOURCE);
        assertThat(request.making()).isEqualTo(CreateRequest.of(TARGET));
        assertThat(request.targetState()).isEqualTo(TargetState.ABSENT);
        assertThat(request.rest()).isEqualTo(TargetRest.KEPT);
        assertThat(request.profile()).isEqualTo(ConvertProfile.FAST);
        assertThat(request.bitmaps()).isEqualTo(BitmapCopy.NONE);
        assertThat(request.allowsPlaintext()).isFalse();
        assertThat(request.compresses()).isFalse();
        assertThat(request.salvages()).isFalse();
        assertThat(request.snapshot()).isEmpty();
        assertThat(request.limit()).isEmpty();
    }

    @Test
    void each_word_changes_one_thing_and_keeps_all_others() {
        ConvertRequest all = ConvertRequest.of(SOURCE, TARGET)
                .followedBy(TARGET.at(Path.of("/pool/next")))
                .ofSnapshot("monday")
                .salvaging()
                .onto(TargetState.EXISTS_ZEROED)
                .withRest(TargetRest.ZEROED)
                .compressed()
                .withBitmaps(BitmapCopy.ALL)
                .intoPlaintext()
                .with(ConvertProfile.IN_ORDER)
                .within(Duration.ofHours(1));

        assertThat(all.sources()).hasSize(2);
        assertThat(all.snapshot()).contains("monday");
        assertThat(all.salvages()).isTrue();
        assertThat(all.targetState()).isEqualTo(TargetState.EXISTS_ZEROED);
        assertThat(all.rest()).isEqualTo(TargetRest.ZEROED);
        assertThat(all.compresses()).isTrue();
        assertThat(all.bitmaps()).isEqualTo(BitmapCopy.ALL);
        assertThat(all.allowsPlaintext()).isTrue();
        assertThat(all.profile()).isEqualTo(ConvertProfile.IN_ORDER);
        assertThat(all.limit()).contains(Duration.ofHours(1));
        assertThat(all).hasToString("snapshot monday of raw /pool/source and qcow2 /pool/next to qcow2 /pool/target");
        assertThat(all).isNotEqualTo(ConvertRequest.of(SOURCE, TARGET));
    }

    @Test
    void a_luks_target_is_never_said_to_be_zeroed() {
        try (Secret key = Secret.random()) {
            ConvertRequest request =
                    ConvertRequest.of(SOURCE, Image.luks(Path.of("/dev/disk")).unlockedBy(key));
            refused(() -> request.onto(TargetState.EXISTS_ZEROED));
            assertThat(request.onto(TargetState.EXISTS).targetState()).isEqualTo(TargetState.EXISTS);
        }
    }

    @Test
    void a_profile_is_within_what_qemu_img_takes() {
        for (int coroutines : List.of(-1, 0, 17)) {
            refused(() -> ConvertProfile.FAST.withCoroutines(coroutines));
        }
        for (long bytes : List.of(1L, 513L, 4L << 20)) {
            refused(() -> ConvertProfile.FAST.withSparseSize(ByteSize.bytes(bytes)));
        }
        refused(() -> ConvertProfile.gentle(ByteSize.ZERO));
        refused(() -> ConvertRequest.of(SOURCE, TARGET).within(Duration.ZERO));
        assertThat(ConvertProfile.gentle(ByteSize.mebibytes(50)).limit()).contains(ByteSize.mebibytes(50));
        assertThat(ConvertProfile.SPARE_PAGE_CACHE.source()).isEqualTo(PageCache.BYPASSED);
        assertThat(ConvertProfile.FAST.withTarget(PageCache.USED).target()).isEqualTo(PageCache.USED);
        assertThat(ConvertProfile.IN_ORDER.isInOrder()).isTrue();
    }

    @Test
    void any_part_of_disks_that_follow_each_other_is_found() {
        Slices disks = new Slices(List.of(
                        new Slices.Piece(SOURCE, 1000), new Slices.Piece(TARGET, 24), new Slices.Piece(SOURCE, 500)))
                .thenZeroes(100);

        assertThat(disks.size()).isEqualTo(1624);
        assertThat(disks.between(0, 1000)).containsExactly(Slices.part(SOURCE, 0, 1000));
        assertThat(disks.between(990, 1030))
                .containsExactly(Slices.part(SOURCE, 990, 10), Slices.part(TARGET, 0, 24), Slices.part(SOURCE, 0, 6));
        assertThat(disks.between(1524, 1624))
                .singleElement()
                .satisfies(part -> assertThat(part.options().toOptionText()).contains("driver=null-co"));
        assertThat(disks.between(5, 5)).isEmpty();
        assertThat(disks.nothings()).hasSize(4);
        assertThat(disks.thenZeroes(0)).isEqualTo(disks);
    }

    @Test
    void a_layout_of_one_format_is_for_no_other() {
        refused(() ->
                CreateRequest.of(Image.of(Path.of("/pool/a"), ImageFormat.VMDK)).laidOutAs(Qcow2Layout.COMPACT));
        assertThat(Qcow2Layout.COMPACT.compression()).isEqualTo(Qcow2Layout.Compression.ZSTD);
    }

    private static void refused(Runnable request) {
        DriverException e = catchThrowableOfType(DriverException.class, request::run);
        assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
    }
}
