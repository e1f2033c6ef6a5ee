package io.hvkit.storage.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Provider;
import java.util.List;
import java.util.Locale;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StoragePoolTypesTest {

    private static final class Acme {}

    private static final class Rival {}

    private static final Provider ACME = Provider.of(Acme.class);
    private static final Provider RIVAL = Provider.of(Rival.class);
    private static final Provider SDK = Provider.of(StoragePoolType.class);
    private static final StoragePoolType LVM = StoragePoolType.named("lvm-thin", "LVM Thin")
            .alsoKnownAs("dm-i")
            .having(PoolTrait.LOCAL, PoolTrait.BLOCK_DEVICES, PoolTrait.OVERPROVISIONS)
            .encryptedBy(EncryptionSupport.hypervisorLuks());

    private final StoragePoolTypes types = StoragePoolTypes.empty();

    @BeforeEach
    void register() {
        types.register(StoragePoolType.NFS, Acme.class);
        types.register(LVM, Acme.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lvm-thin",
                "LVM-THIN",
                "DM-I",
                "dm-ı",
                "lvm thin",
                "LVM THİN",
                " lvm-thin ",
                "\u00a0lvm\u2003 thin\t"
            })
    void names_are_found_in_any_case_locale_width_and_blanks(String name) {
        assertThat(types.find(name)).contains(LVM);
        assertThat(types.require(name)).isEqualTo(LVM);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "none", "nf", "nfs\u0000", "\ud800", "lvm_thin"})
    void what_is_no_name_is_not_found_by_any_look_up(String name) {
        assertThat(types.find(name)).isEmpty();
        assertThat(types.resolve(name)).isInstanceOf(ResolvedPoolType.Unknown.class);
        assertThat(types.resolve(name).id()).isEqualTo(name);
        fails(Failure.NOT_FOUND, () -> types.require(name));
    }

    @Test
    void an_id_a_display_name_and_an_alias_may_not_meet_in_any_direction() {
        refused("lvm-thin: id of lvm-thin, id of lvm-thin", rival("lvm-thin", "R"));
        refused("dm-i: alias of lvm-thin, id of dm-i", rival("dm-i", "R"));
        refused("lvm thin: display name of lvm-thin, display name of r", rival("r", "lvm THIN"));
        refused("lvm-thin: id of lvm-thin, display name of r", rival("r", "Lvm-Thin"));
        refused("dm-i: alias of lvm-thin, display name of r", rival("r", "DM-İ"));
        refused("lvm-thin: id of lvm-thin, alias of r", rival("r", "R").alsoKnownAs("LVM-THIN"));
        refused("dm-i: alias of lvm-thin, alias of r", rival("r", "R").alsoKnownAs("Dm-ı"));
        refused(
                "lvm thin: display name of lvm-thin, alias of r",
                rival("r", "R").alsoKnownAs("Lvm  Thin"));

        assertThat(types.list()).containsExactly(LVM, StoragePoolType.NFS);
        assertThat(types.find("r")).isEmpty();
    }

    @Test
    void nobody_takes_the_pools_of_others_by_announcing_a_type_that_the_sdk_names() {
        conflicts(
                () -> types.register(rival("storpool", "Shared Mount Point"), Rival.class),
                "both " + SDK + " and " + RIVAL + " claim pool name shared mount point: display name of"
                        + " shared-mount-point, display name of storpool");
        conflicts(
                () -> types.register(rival("r", "R").alsoKnownAs("ScaleIO"), Rival.class),
                "both " + SDK + " and " + RIVAL + " claim pool name scaleio: alias of powerflex, alias of r");
        types.register(StoragePoolType.SHARED_MOUNT_POINT, Acme.class);
        conflicts(
                () -> types.register(StoragePoolType.SHARED_MOUNT_POINT, Rival.class),
                "both " + ACME + " and " + RIVAL
                        + " claim pool name shared-mount-point: id of shared-mount-point, id of"
                        + " shared-mount-point");
        assertThat(types.provider(StoragePoolType.SHARED_MOUNT_POINT)).isEqualTo(ACME);
    }

    @Test
    void a_replacement_is_explicit_and_meets_no_other_name() {
        StoragePoolType more = LVM.alsoKnownAs("lvm2").encryptedBy(EncryptionSupport.none());

        assertThat(types.replace(more, Rival.class).aliases()).containsExactly("dm-i");
        assertThat(types.require("LVM2").encryption()).isEqualTo(EncryptionSupport.none());
        assertThat(types.provider(LVM)).isEqualTo(RIVAL);
        fails(Failure.EXISTS_DIFFERENTLY, () -> types.replace(more.alsoKnownAs("nfs"), Rival.class));
        fails(Failure.NOT_FOUND, () -> types.replace(rival("dm-i", "R"), Rival.class));
    }

    @Test
    void an_unknown_name_is_refused_with_the_nearest() {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> types.require("NSF"))
                .withMessage("no pool type NSF (did you mean nfs?); known are [lvm-thin, nfs]");
    }

    @Test
    void an_absent_plug_in_is_listed_and_shown_and_refuses_work_with_the_reason() {
        assertThat(types.listWith(List.of("nfs", "dm-i", "linstor", "linstor")))
                .extracting(ResolvedPoolType::displayName)
                .containsExactly("LVM Thin", "NFS", "linstor (plug-in absent)");
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> types.resolve("linstor").orThrow())
                .withMessage("pool type linstor cannot be used: no installed plug-in brings it; install the plug-in, or"
                        + " delete what needs it")
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.UNSUPPORTED));
        assertThat(types.resolve("DM-I").orThrow()).as("a former id").isEqualTo(LVM);
    }

    @Test
    void a_display_name_never_takes_over_what_an_absent_plug_in_stored() {
        assertThat(types.rename(LVM, "linstor").displayName()).isEqualTo("linstor");

        assertThat(types.require("linstor")).isEqualTo(LVM);
        assertThat(types.resolve("linstor")).isInstanceOf(ResolvedPoolType.Unknown.class);
        assertThat(types.find("lvm thin")).as("free again").isEmpty();
        fails(Failure.EXISTS_DIFFERENTLY, () -> types.rename(LVM, "Nfs"));
        fails(Failure.NOT_FOUND, () -> types.rename(StoragePoolType.POWERFLEX, "ScaleIO"));
    }

    @Test
    void types_are_asked_for_by_what_they_are() {
        assertThat(types.having(PoolTrait.OVERPROVISIONS)).containsExactly(LVM, StoragePoolType.NFS);
        assertThat(types.having(PoolTrait.SHARED, PoolTrait.FILES)).containsExactly(StoragePoolType.NFS);
        assertThat(types.having()).isEqualTo(types.list());
        assertThat(types.encrypting()).containsExactly(LVM, StoragePoolType.NFS);
        types.register(rival("iscsi", "iSCSI").having(PoolTrait.SHARED, PoolTrait.BLOCK_DEVICES), Acme.class);
        assertThat(types.encrypting()).extracting(StoragePoolType::id).containsExactly("lvm-thin", "nfs");
    }

    @Test
    void every_type_is_found_by_each_of_its_own_names_in_every_locale_of_this_java() {
        types.register(StoragePoolType.POWERFLEX, Acme.class);
        for (StoragePoolType type : types.list()) {
            for (String name : List.of(type.id(), type.displayName())) {
                for (Locale locale : Locale.getAvailableLocales()) {
                    assertThat(types.find(name.toUpperCase(locale)))
                            .as("%s in %s", name, locale)
                            .contains(type);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "A", "1a", "a_b", "ä", "a b", "nfs\u0000", "lvmı"})
    void ids_are_lower_case_ascii(String id) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StoragePoolType.named(id, "X"))
                .withMessageContaining("a pool id has 1 to 64");
    }

    @Test
    void types_are_equal_by_id_alone_and_their_traits_do_not_contradict() {
        assertThat(StoragePoolType.named("nfs", "Other"))
                .isEqualTo(StoragePoolType.NFS)
                .hasSameHashCodeAs(StoragePoolType.NFS)
                .isNotEqualTo(LVM)
                .hasToString("nfs");
        assertThat(StoragePoolType.LOCAL_DIRECTORY.has(PoolTrait.FILES)).isTrue();
        assertThat(LVM.having(PoolTrait.SHARED).traits()).containsExactly(PoolTrait.SHARED);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LVM.having(PoolTrait.FILES, PoolTrait.BLOCK_DEVICES))
                .withMessage("pool type lvm-thin cannot have both FILES and BLOCK_DEVICES");
        assertThatIllegalArgumentException().isThrownBy(() -> LVM.having(PoolTrait.LOCAL, PoolTrait.SHARED));
    }

    private static StoragePoolType rival(String id, String displayName) {
        return StoragePoolType.named(id, displayName);
    }

    private void refused(String claims, StoragePoolType type) {
        conflicts(
                () -> types.register(type, Rival.class),
                "both " + ACME + " and " + RIVAL + " claim pool name " + claims);
    }

    private static void conflicts(ThrowingCallable call, String message) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(call)
                .withMessage(message)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.EXISTS_DIFFERENTLY));
    }

    private static void fails(Failure failure, ThrowingCallable call) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(call)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(failure));
    }
}
