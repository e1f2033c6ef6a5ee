package io.hvkit.kvm.internal.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Features;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.kvm.internal.libvirt.LibvirtVersion;
import io.hvkit.kvm.internal.machine.KvmFeatures.Keys;
import io.hvkit.kvm.internal.machine.KvmFeatures.Where;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class KvmFeaturesTest {

    private static final LibvirtVersion NEW = LibvirtVersion.of(8_000_000);

    @Test
    void a_new_libvirt_on_this_machine_offers_all_that_the_type_declares() {
        assertThat(KvmFeatures.of(NEW, Keys.WELCOME, Where.HERE).offered())
                .isEqualTo(HypervisorType.KVM.features().offered());
    }

    @Test
    void what_a_host_lacks_it_does_not_offer() {
        assertThat(missing(KvmFeatures.of(LibvirtVersion.of(7_010_009), Keys.WELCOME, Where.HERE)))
                .containsExactly(HypervisorFeature.WRITE_BLOCKING_COPY);
        assertThat(missing(KvmFeatures.of(NEW, Keys.KEPT_BACK, Where.HERE)))
                .containsExactly(HypervisorFeature.ENCRYPTED_DISKS);
        assertThat(missing(KvmFeatures.of(NEW, Keys.WELCOME, Where.ELSEWHERE)))
                .containsExactly(HypervisorFeature.DIRECT_DOWNLOAD);
    }

    @Test
    void a_version_is_read_as_libvirt_counts() {
        assertThat(LibvirtVersion.of(10_002_013))
                .isEqualTo(new LibvirtVersion(10, 2, 13))
                .hasToString("10.2.13");
        assertThat(LibvirtVersion.of(10_002_013).hasSynchronousWrites()).isTrue();
    }

    private static Set<HypervisorFeature> missing(Features<HypervisorFeature> some) {
        Set<HypervisorFeature> missing =
                new HashSet<>(HypervisorType.KVM.features().offered());
        missing.removeAll(some.offered());
        return missing;
    }
}
