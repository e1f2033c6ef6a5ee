package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.Options;
import io.hvkit.core.Progress;
import io.hvkit.core.ProgressListener;
import io.hvkit.storage.spi.CloneVolume;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Raw images that are brought to a datastore and fetched from it. */
@Tag("every-java")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TransfersIT extends VolumeCases {

    private static final int BYTES = 3 * 1024 * 1024 + 512;

    @TempDir
    private Path directory;

    private VolumeTransfers transfers;
    private Path image;
    private byte[] content;

    @BeforeEach
    void connect() throws Exception {
        VmwareDatastoreDriver driver = (VmwareDatastoreDriver) datastore.driver();
        Map<String, String> options = new HashMap<>(datastore.options());
        options.put("timeout", "PT2S");
        transfers = driver.transfers(datastore.type(), Options.parse(driver.options(), options));
        content = new byte[BYTES];
        new Random(BYTES).nextBytes(content);
        image = Files.write(directory.resolve("image.raw"), content);
    }

    @AfterEach
    void disconnect() {
        transfers.close();
    }

    private List<String> folders() throws IOException {
        try (Stream<Path> all = Files.list(Path.of(vcenter().local("[LocalDS_0] hvkit")))) {
            return all.map(path -> path.getFileName().toString()).toList();
        }
    }

    @Test
    void what_is_uploaded_comes_back_and_progress_is_told() throws Exception {
        List<Progress> up = new ArrayList<>();
        List<Progress> down = new ArrayList<>();
        Volume made = transfers.upload(unique(), image, up::add);
        Path back = directory.resolve("back.raw");
        transfers.download(made.id(), back, down::add);

        assertThat(made.size()).isEqualTo(ByteSize.bytes(BYTES).roundedUpTo(ByteSize.kibibytes(1)));
        assertThat(made.diskUuid()).isPresent();
        assertThat(Files.readAllBytes(back)).isEqualTo(Arrays.copyOf(content, BYTES + 512));
        assertThat(Files.readAllBytes(datastore.bytes(datastore.file(made.id()))))
                .isEqualTo(Arrays.copyOf(content, BYTES + 512));
        for (List<Progress> told : List.of(up, down)) {
            assertThat(told).extracting(progress -> progress.done().bytes()).isSorted();
            assertThat(told.get(told.size() - 1).percent()).isEqualTo(100);
        }
        assertThat(pool.list()).contains(made);
    }

    @Test
    void an_equal_upload_is_confirmed_and_any_other_is_refused() throws Exception {
        String name = unique();
        Volume made = transfers.upload(name, image, ProgressListener.NONE);
        int uploads = vcenter().calls("PUT_FILE");

        assertThat(transfers.upload(name, image, ProgressListener.NONE)).isEqualTo(made);
        assertThat(vcenter().calls("PUT_FILE")).isEqualTo(uploads);
        content[0]++;
        Files.write(image, content);
        Refused.as(Failure.EXISTS_DIFFERENTLY)
                .saying("image=", () -> transfers.upload(name, image, ProgressListener.NONE));
        Refused.as(Failure.EXISTS_DIFFERENTLY)
                .saying("image=", () -> pool.clones().orElseThrow().create(CloneVolume.of(volume.id(), name)));
        Refused.as(Failure.EXISTS_DIFFERENTLY)
                .saying("made blank", () -> transfers.upload(volume.name(), image, ProgressListener.NONE));
        assertThat(pool.find(made.id())).contains(made);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PUT_FILE", "GET_FILE"})
    void a_session_that_is_lost_on_the_way_is_renewed(String method) throws Exception {
        vcenter().next(1, method, "kill", "");
        Volume made = transfers.upload(unique(), image, ProgressListener.NONE);
        Path back = directory.resolve("back.raw");
        transfers.download(made.id(), back, ProgressListener.NONE);

        assertThat(back).hasSize(made.size().bytes());
        assertThat(vcenter().calls(method)).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"drop", "dropafter"})
    void an_upload_that_is_lost_leaves_nothing_and_may_be_made_again(String lost) throws Exception {
        String name = unique();
        vcenter().next(1, "PUT_FILE", lost, "");
        assertThatThrownBy(() -> transfers.upload(name, image, ProgressListener.NONE))
                .hasMessageContaining("not moved whole");
        assertThat(folders()).containsExactly(volume.name());

        assertThat(transfers.upload(name, image, ProgressListener.NONE).name()).isEqualTo(name);
        vcenter().status("PUT_FILE", 507);
        Refused.as(Failure.EXHAUSTED).saying("507", () -> transfers.upload(unique(), image, ProgressListener.NONE));
        assertThat(folders()).hasSize(2);
    }

    @Test
    void a_transfer_in_which_nothing_moves_is_given_up() throws Exception {
        vcenter().stall("PUT_FILE", 5000);
        assertThatThrownBy(() -> transfers.upload(unique(), image, ProgressListener.NONE))
                .hasMessageContaining("nothing moved");
        assertThat(folders()).containsExactly(volume.name());
    }

    @Test
    void a_listener_that_throws_and_an_interrupt_end_a_transfer_and_nothing_is_left() throws Exception {
        IllegalStateException enough = new IllegalStateException("enough");
        assertThatThrownBy(() -> transfers.upload(unique(), image, progress -> {
                    throw enough;
                }))
                .isSameAs(enough);
        assertThat(folders()).containsExactly(volume.name());

        vcenter().stall("PUT_FILE", 1500);
        List<Throwable> thrown = new ArrayList<>();
        Thread thread = new Thread(() -> {
            try {
                transfers.upload(unique(), image, ProgressListener.NONE);
            } catch (InterruptedException | RuntimeException e) {
                thrown.add(e);
            }
        });
        thread.start();
        Await.until("the upload", LONG, () -> vcenter().calls("PUT_FILE") > 1);
        thread.interrupt();
        thread.join(LONG.toMillis());
        assertThat(thrown).singleElement().isInstanceOf(InterruptedException.class);
        assertThat(folders()).containsExactly(volume.name());
    }

    @Test
    void what_cannot_be_is_refused_and_nothing_is_overwritten() throws Exception {
        Path there = Files.writeString(directory.resolve("there"), "mine");
        Path odd = Files.write(directory.resolve("odd"), new byte[513]);
        Refused.as(Failure.EXISTS_DIFFERENTLY)
                .saying("is there already", () -> transfers.download(volume.id(), there, ProgressListener.NONE));
        Refused.as(Failure.NOT_FOUND)
                .saying("none", () -> transfers.download(id("none"), directory.resolve("x"), ProgressListener.NONE));
        Refused.as(Failure.NOT_FOUND)
                .saying(
                        "cannot be read",
                        () -> transfers.upload(unique(), directory.resolve("missing"), ProgressListener.NONE));
        Refused.as(Failure.INVALID_REQUEST).saying("512", () -> transfers.upload(unique(), odd, ProgressListener.NONE));
        Refused.as(Failure.INVALID_REQUEST)
                .saying("'a b'", () -> transfers.upload("a b", image, ProgressListener.NONE));
        pool.attach(volume.id(), new HostId("esx"));
        Refused.as(Failure.IN_USE)
                .saying("esx", () -> transfers.download(volume.id(), directory.resolve("x"), ProgressListener.NONE));
        assertThat(there).hasContent("mine");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).hasSize(3);
        }
        assertThat(folders()).containsExactly(volume.name());
    }

    @Test
    void half_of_what_a_volume_has_is_not_told_to_be_all() throws Exception {
        Files.write(datastore.bytes(file()), new byte[512]);
        Path back = directory.resolve("back.raw");

        Refused.as(Failure.CORRUPT_DATA)
                .saying("512 bytes came", () -> transfers.download(volume.id(), back, ProgressListener.NONE));
        assertThat(back).doesNotExist();
        assertThat(directory.resolve("back.raw.part")).doesNotExist();
    }
}
