package io.hvkit.testkit.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.LuksAttestation;
import io.hvkit.storage.spi.LuksVolumes;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an end point does with LUKS headers and keys. */
public abstract non-sealed class LuksContract extends EndPointCases {

    private static final ByteSize ROOM = ByteSize.mebibytes(8);

    private LuksVolumes luks;

    /** Made by JUnit. */
    protected LuksContract() {}

    /** Made by JUnit. */
    @BeforeEach
    final void find() {
        mode = Mode.ENCRYPTED;
        luks = endPoint.luks().orElseThrow();
    }

    /** Makes a volume of zeroes, as a pool does. */
    private DiskImage blank() throws InterruptedException {
        Attachment.ImageFile file = underTest().file("v" + UUID.randomUUID());
        undoLater(() -> underTest().remove(file));
        underTest().blank(file, ROOM);
        return DiskImage.at(file, ImageFormat.LUKS).unlockedBy(key);
    }

    private List<DiskImage> volumes() throws InterruptedException {
        DiskImage formatted = blank();
        luks.format(formatted);
        return List.of(formatted, written(ImageFormat.LUKS), written(ImageFormat.QCOW2));
    }

    @Test
    final void a_volume_is_formatted_once_and_proves_it() throws InterruptedException {
        DiskImage volume = blank();
        assertThat(luks.attest(volume)).isEmpty();
        LuksAttestation proof = luks.format(volume);

        assertThat(proof.container()).isEqualTo(ImageFormat.LUKS);
        assertThat(proof.keySlots()).hasSize(1);
        assertThat(proof.uuid()).isNotBlank();
        assertThat(luks.attest(volume)).contains(proof);
        assertThat(images.inspect(volume).attestation()).contains(proof);
        assertThat(luks.opens(volume)).isTrue();
        assertThat(luks.opens(volume.unlockedBy(other))).isFalse();
        underTest().write(volume, 0, piece('d'));

        for (int i = 0; i < 3; i++) {
            assertThat(connection().luks().orElseThrow().format(volume)).isEqualTo(proof);
        }
        assertThat(underTest().read(volume, 0, PIECE)).isEqualTo(piece('d'));
        requireCiphertext(volume);
    }

    @Test
    final void a_header_is_never_written_over_another_or_over_data() throws InterruptedException {
        DiskImage volume = blank();
        LuksAttestation proof = luks.format(volume);
        refuses(Failure.EXISTS_DIFFERENTLY, "another key", () -> luks.format(volume.unlockedBy(other)));
        assertThat(luks.attest(volume)).contains(proof);

        DiskImage data = blank();
        DiskImage raw = DiskImage.at(data.attachment(), ImageFormat.RAW);
        underTest().write(raw, 0, piece('d'));
        refuses(Failure.EXISTS_DIFFERENTLY, "data", () -> luks.format(data));
        assertThat(underTest().read(raw, 0, PIECE)).isEqualTo(piece('d'));
        refuses(Failure.NOT_FOUND, "nothing there", () -> luks.format(image(ImageFormat.LUKS)));
    }

    @Test
    final void keys_rotate_by_two_slots_and_the_data_stays() throws InterruptedException {
        for (DiskImage volume : volumes()) {
            underTest().write(volume, 0, piece('d'));
            String uuid = luks.attest(volume).orElseThrow().uuid();
            DiskImage renewed = volume.unlockedBy(other);

            LuksAttestation both = luks.addKey(volume, other);
            assertThat(both.keySlots()).hasSize(2);
            assertThat(luks.addKey(volume, other)).as("once more").isEqualTo(both);
            assertThat(luks.opens(volume)).isTrue();
            assertThat(luks.opens(renewed)).isTrue();

            LuksAttestation one = luks.removeKey(renewed, key);
            assertThat(one.keySlots()).hasSize(1);
            assertThat(luks.removeKey(renewed, key)).as("once more").isEqualTo(one);
            assertThat(luks.opens(volume)).isFalse();
            assertThat(luks.opens(renewed)).isTrue();
            assertThat(one.uuid()).isEqualTo(uuid);
            assertThat(underTest().read(renewed, 0, PIECE)).isEqualTo(piece('d'));
        }
    }

    @Test
    final void the_last_key_stays_whoever_asks() throws InterruptedException {
        for (DiskImage volume : volumes()) {
            LuksAttestation before = luks.attest(volume).orElseThrow();
            try (Secret same = key.copy()) {
                refuses(Failure.INVALID_REQUEST, "its own key", () -> luks.removeKey(volume, same));
            }
            DiskImage stranger = volume.unlockedBy(other);
            refuses(Failure.BAD_CREDENTIALS, "a wrong key", () -> luks.removeKey(stranger, key));
            try (Secret third = Secret.random()) {
                refuses(Failure.BAD_CREDENTIALS, "a wrong key", () -> luks.addKey(stranger, third));
            }
            refuses(Failure.BAD_CREDENTIALS, "its only key as new", () -> luks.addKey(stranger, key));
            assertThat(luks.attest(volume)).contains(before);
            assertThat(luks.opens(volume)).isTrue();
        }
    }

    @Test
    final void what_is_not_encrypted_has_no_keys() throws InterruptedException {
        DiskImage plain = place(ImageFormat.QCOW2);
        images.create(plain, SIZE);
        DiskImage locked = plain.unlockedBy(key);

        assertThat(luks.attest(plain)).isEmpty();
        refuses(Failure.CORRUPT_DATA, () -> luks.opens(locked));
        refuses(Failure.CORRUPT_DATA, () -> luks.addKey(locked, other));
        refuses(Failure.CORRUPT_DATA, () -> luks.removeKey(locked, other));
        refuses(Failure.CORRUPT_DATA, () -> luks.opens(blank()));
        assertThat(images.inspect(plain).attestation()).isEmpty();
    }
}
