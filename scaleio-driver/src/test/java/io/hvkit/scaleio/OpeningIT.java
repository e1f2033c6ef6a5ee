package io.hvkit.scaleio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.powerflex.simulator.control.GatewayVersion;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Which pools are opened, which hosts are known, and what is left on the array. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class OpeningIT {

    private static Simulated array;

    @BeforeAll
    static void start() {
        array = Simulated.start(GatewayVersion.V3_5);
    }

    @AfterAll
    static void stop() {
        array.close();
    }

    @Test
    void a_pool_is_found_by_its_names_or_refused_with_the_reason() {
        Refused.as(Failure.NOT_FOUND).saying("nowhere", () -> array.open(Map.of("pool", "nowhere")));
        Refused.as(Failure.NOT_FOUND).saying("domain3", () -> array.open(Map.of("domain", "domain3")));
        Refused.as(Failure.INVALID_REQUEST).saying("option domain", () -> array.open(Map.of("domain", "")));
        Refused.as(Failure.INVALID_REQUEST).saying("refuse, accept", () -> array.open(Map.of("unpadded", "yes")));
        Refused.as(Failure.INVALID_REQUEST).saying("GUID", () -> array.open(Map.of("hosts", "a=b")));
        Refused.as(Failure.INVALID_REQUEST).saying("pool is required", () -> array.open(Map.of("pool", "")));
    }

    @Test
    void a_pool_of_the_other_generation_is_refused_whatever_version_the_gateway_has() {
        for (GatewayVersion version : List.of(GatewayVersion.V3_6, GatewayVersion.V4_5)) {
            try (Simulated other = Simulated.start(version)) {
                other.system().codeErasure("domain2");

                Refused.as(Failure.UNSUPPORTED).saying("erasure coding", () -> other.open(Map.of("domain", "domain2")));
                assertThat(other.system().calls().of("createVolume")).isZero();
                assertThatNoException().isThrownBy(() -> other.open().close());
            }
        }
    }

    @Test
    void a_pool_that_may_show_what_others_left_is_refused_unless_said_otherwise() throws InterruptedException {
        Refused.as(Failure.UNSUPPORTED).saying("zero padding", () -> array.open(Map.of("pool", "unpadded")));

        StoragePool pool = array.open(Map.of("pool", "unpadded", "unpadded", "accept"));

        assertThat(pool.statistics().capacity()).isGreaterThan(ByteSize.gibibytes(900));
        pool.close();
    }

    @Test
    void thick_volumes_take_their_room_at_once() throws InterruptedException {
        StoragePool pool = array.open(Map.of("provisioning", "thick", "pool", "pool2"));
        ByteSize before = pool.statistics().used();

        Volume disk = pool.create(CreateVolume.blank("thick", ByteSize.gibibytes(1)));

        assertThat(pool.statistics().used()).isEqualTo(before.plus(ByteSize.gibibytes(8)));
        pool.delete(disk.id());
        pool.close();
    }

    @Test
    void a_host_is_called_as_the_option_says_or_by_its_client_and_found_under_its_linux_name()
            throws InterruptedException {
        String guid = array.simulator().host(Simulated.HOSTS.get(0)).guid();
        StoragePool pool = array.open(Map.of("hosts", ""));
        StoragePool other = array.open(Map.of("hosts", "web-1=" + guid.toLowerCase(Locale.ROOT)));
        Volume disk = pool.create(CreateVolume.blank("hosted", ByteSize.gibibytes(8)));

        Attachment place = pool.attach(disk.id(), new HostId(guid));

        assertThat(place)
                .isEqualTo(new Attachment.BlockDevice(
                        Path.of("/dev/disk/by-id/emc-vol-" + array.system().id() + "-" + disk.id())));
        assertThat(pool.uses(disk.id())).containsExactly(VolumeUse.by(new HostId(guid)));
        assertThat(other.uses(disk.id())).containsExactly(VolumeUse.by(new HostId("web-1")));
        other.detach(disk.id(), new HostId("web-1"));
        pool.delete(disk.id());
        other.close();
        pool.close();
    }

    @Test
    void a_host_without_a_client_that_is_connected_gets_nothing() throws InterruptedException {
        StoragePool pool = array.open();
        Volume disk = pool.create(CreateVolume.blank("unhosted", ByteSize.gibibytes(8)));
        HostId host = new HostId(Simulated.HOSTS.get(1));

        Refused.as(Failure.HOST_NOT_READY).saying("option hosts", () -> pool.attach(disk.id(), new HostId("nobody")));
        array.system().disconnect(array.simulator().host(host.value()));
        Refused.as(Failure.HOST_NOT_READY).saying("scini", () -> pool.attach(disk.id(), host));
        array.system().connect(array.simulator().host(host.value()));

        assertThat(pool.uses(disk.id())).isEmpty();
        pool.delete(disk.id());
        pool.close();
    }

    @Test
    void what_is_noted_about_uses_is_no_volume_and_goes_with_them() throws InterruptedException {
        StoragePool pool = array.open(Map.of("domain", "domain2"));
        Volume disk = pool.create(CreateVolume.blank("noted", ByteSize.gibibytes(8)));
        HostId host = new HostId(Simulated.HOSTS.get(0));

        pool.attach(disk.id(), VolumeUse.by(host).because(VolumeUse.Reason.COPY));
        assertThat(beside()).as("a sheet with one note").isEqualTo(2);
        assertThat(pool.list()).containsExactly(disk);
        assertThat(pool.statistics().provisioned()).isEqualTo(disk.size());
        Refused.as(Failure.INVALID_REQUEST)
                .saying("kept for", () -> pool.create(CreateVolume.blank("u!x", ByteSize.gibibytes(8))));
        pool.detach(disk.id(), host, VolumeUse.Reason.COPY);

        assertThat(beside()).isZero();
        pool.delete(disk.id());
        pool.close();
    }

    @Test
    void a_pool_leaves_the_volumes_of_another_one_alone_and_what_is_noted_about_them() throws InterruptedException {
        StoragePool pool = array.open();
        StoragePool other = array.open(Map.of("domain", "domain2"));
        Volume theirs = other.create(CreateVolume.blank("theirs", ByteSize.gibibytes(8)));
        VolumeUse use = VolumeUse.by(new HostId(Simulated.HOSTS.get(0))).shared();
        other.attach(theirs.id(), use);

        pool.delete(theirs.id());
        pool.detach(theirs.id(), use.host());

        assertThat(other.uses(theirs.id())).containsExactly(use);
        other.detach(theirs.id(), use.host());
        pool.delete(theirs.id());
        assertThat(other.find(theirs.id())).contains(theirs);
        other.delete(theirs.id());
        other.close();
        pool.close();
    }

    /** Counts everything of which the array keeps the content, beside one volume. */
    private static int beside() {
        return array.volumesOfTheArray() - 1;
    }
}
