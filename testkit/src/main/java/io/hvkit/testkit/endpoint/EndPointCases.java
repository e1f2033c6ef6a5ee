package io.hvkit.testkit.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.EndPoints;
import io.hvkit.storage.spi.Images;
import io.hvkit.testkit.contract.ContractCases;
import java.util.Arrays;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the contracts of end points share: the end point that they judge, with the SDK's guard in front, and what a case needs. */
@ExtendWith(PlainThenEncrypted.class)
public abstract sealed class EndPointCases extends ContractCases
        permits EndPointContract, ImagesContract, CopiesContract, LuksContract {

    static final ByteSize SIZE = ByteSize.mebibytes(4);
    static final int PIECE = 4096;

    Mode mode = Mode.PLAIN;
    EndPoint endPoint;
    Images images;
    Secret key;
    Secret other;

    EndPointCases() {}

    /** Returns what to judge; asked for again whenever a case needs it. */
    protected abstract EndPointUnderTest underTest();

    @Override
    protected final Subject subject() {
        return new Subject(
                "end point " + endPoint.host(),
                "images" + (endPoint.luks().isPresent() ? ", LUKS" : "")
                        + (endPoint.deviceAccess().isPresent() ? ", device access" : ""));
    }

    /** Made by JUnit: opens the end point. */
    @BeforeEach
    final void connect() throws InterruptedException {
        key = secret();
        other = secret();
        endPoint = connection();
        images = endPoint.images();
    }

    private Secret secret() {
        Secret random = Secret.random();
        undoLater(random::close);
        return random;
    }

    /** Opens the end point as an embedder does. */
    final EndPoint connection() throws InterruptedException {
        EndPoint opened = underTest().open();
        EndPoints endPoints = EndPoints.none().add(opened);
        undoLater(endPoints::close);
        return endPoints.of(opened.host());
    }

    /** Returns a place for an image, where nothing is; what comes there is removed when the case has ended. */
    final DiskImage place(ImageFormat format) {
        var file = underTest().file("c" + UUID.randomUUID());
        undoLater(() -> underTest().remove(file));
        return DiskImage.at(file, format);
    }

    /** Returns a place for an image of this mode. */
    final DiskImage image(ImageFormat format) {
        return mode.of(place(format), key);
    }

    /** Makes an image of this mode, with bytes at its start, in the middle, and at its end. */
    final DiskImage written(ImageFormat format) throws InterruptedException {
        DiskImage image = image(format);
        images.create(image, SIZE);
        fill(image, 'd');
        return image;
    }

    final void fill(DiskImage image, char content) throws InterruptedException {
        for (long offset : offsets()) {
            underTest().write(image, offset, piece(content));
        }
    }

    static long[] offsets() {
        return new long[] {0, SIZE.bytes() / 2, SIZE.bytes() - PIECE};
    }

    static byte[] piece(char content) {
        byte[] bytes = new byte[PIECE];
        Arrays.fill(bytes, (byte) content);
        return bytes;
    }

    final void requireFilled(DiskImage image, char content) throws InterruptedException {
        for (long offset : offsets()) {
            assertThat(underTest().read(image, offset, PIECE))
                    .as("what is at %d of %s", offset, image)
                    .isEqualTo(piece(content));
        }
    }

    final void requireZeroes(DiskImage image, long offset) throws InterruptedException {
        assertThat(underTest().read(image, offset, PIECE))
                .as("what is at %d of %s", offset, image)
                .isEqualTo(new byte[PIECE]);
    }

    /** Requires that nothing of what a machine wrote can be read where an encrypted image lies. */
    final void requireCiphertext(DiskImage image) throws InterruptedException {
        byte[] stored = underTest().stored(image.attachment(), 16 << 20);
        assertThat(stored.length).as("the bytes of %s", image).isGreaterThan(PIECE);
        int longest = 0;
        int run = 0;
        for (byte b : stored) {
            run = b == 'd' ? run + 1 : 0;
            longest = Math.max(longest, run);
        }
        assertThat(longest).as("plaintext in a row at %s", image).isLessThan(16);
    }

    final void requireNothingAt(DiskImage image) throws InterruptedException {
        assertThat(endPoint.deviceAccess().orElseThrow().sizeOf(image.attachment()))
                .as("what is at %s", image)
                .isEmpty();
    }
}
