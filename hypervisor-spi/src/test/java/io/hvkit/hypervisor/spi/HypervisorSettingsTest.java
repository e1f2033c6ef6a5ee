package io.hvkit.hypervisor.spi;

import static io.hvkit.hypervisor.spi.HypervisorSettings.CUSTOM_DISPLAY_NAME;
import static io.hvkit.hypervisor.spi.HypervisorSettings.LIST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The operators' settings about hypervisor types. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HypervisorSettingsTest {

    private static final HypervisorType XCP =
            HypervisorType.named("xcp-mini", "XCP Mini").alsoKnownAs("xen-i");

    private final HypervisorTypes types = HypervisorTypes.standard();

    @BeforeEach
    void register() {
        types.register(HypervisorType.KVM, HypervisorSettingsTest.class);
        types.register(XCP, HypervisorSettingsTest.class);
    }

    @Test
    void the_setting_names_the_custom_type_and_stored_ids_stay() {
        HypervisorSettings settings = load(Map.of(CUSTOM_DISPLAY_NAME, "Our Cloud"));

        assertThat(types.resolve("custom").displayName()).isEqualTo("Our Cloud");
        assertThat(types.require("our cloud").id()).isEqualTo("custom");
        assertThat(settings.set(CUSTOM_DISPLAY_NAME, " Their Cloud "))
                .isEqualTo(Map.of(CUSTOM_DISPLAY_NAME, "Their Cloud"));
        assertThat(types.resolve("custom").displayName()).isEqualTo("Their Cloud");
        assertThat(types.resolve("custom").id()).isEqualTo("custom");
        assertThat(settings.problems()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'KVM,Custom'             | 'KVM,VM'",
                "'KVM, Custom'            | 'KVM, VM'",
                "'  Custom\t, KVM ,'      | '  VM\t, KVM ,'",
                "'cUSTOM,,KVM'            | 'VM,,KVM'",
                "'custom,KVM'             | 'custom,KVM'",
                "'Custom,custom,CUSTOM'   | 'VM,custom,VM'",
                "'xen-i,XCP Mini,Cust'    | 'xen-i,XCP Mini,Cust'",
                "'Custom Custom,Custom'   | 'Custom Custom,VM'",
                "''                       | ''",
                "' , '                    | ' , '"
            })
    void the_list_follows_a_rename_exactly(String before, String after) {
        HypervisorSettings settings = load(Map.of(LIST, before));

        assertThat(settings.values()).isEqualTo(Map.of(LIST, before));
        assertThat(settings.set(CUSTOM_DISPLAY_NAME, "VM")).isEqualTo(Map.of(CUSTOM_DISPLAY_NAME, "VM", LIST, after));
    }

    @Test
    void names_that_contain_each_other_are_told_apart() {
        HypervisorSettings settings = load(Map.of(CUSTOM_DISPLAY_NAME, "VM", LIST, "KVM,VM,XCP Mini"));

        assertThat(settings.set(CUSTOM_DISPLAY_NAME, "M")).containsEntry(LIST, "KVM,M,XCP Mini");
        assertThat(settings.set(CUSTOM_DISPLAY_NAME, "XCP Mini M")).containsEntry(LIST, "KVM,XCP Mini M,XCP Mini");
        assertThat(settings.set(CUSTOM_DISPLAY_NAME, "VM")).containsEntry(LIST, "KVM,VM,XCP Mini");
        assertThat(settings.offered()).extracting(ResolvedType::id).containsExactly("kvm", "custom", "xcp-mini");
    }

    @Test
    void a_name_changed_twice_and_back_is_followed_and_survives_each_restart() {
        Map<String, String> stored = Map.of(LIST, "KVM, Custom");
        for (String name : new String[] {"A", "B", "KVM 2", "A", "Custom", "custom", "A"}) {
            HypervisorTypes fresh = HypervisorTypes.standard();
            fresh.register(HypervisorType.KVM, HypervisorSettingsTest.class);
            HypervisorSettings settings = HypervisorSettings.load(fresh, stored);
            assertThat(settings.values()).isEqualTo(stored);
            stored = settings.set(CUSTOM_DISPLAY_NAME, name);
            assertThat(settings.offered()).extracting(ResolvedType::id).containsExactly("kvm", "custom");
        }

        assertThat(stored).isEqualTo(Map.of(CUSTOM_DISPLAY_NAME, "A", LIST, "KVM, A"));
    }

    @Test
    void without_a_list_or_with_a_blank_one_everything_is_offered() {
        assertThat(load(Map.of()).offered()).extracting(ResolvedType::id).containsExactly("custom", "kvm", "xcp-mini");
        assertThat(load(Map.of(LIST, " ,")).offered()).hasSize(3);
        HypervisorSettings unset = load(Map.of());
        assertThat(unset.set(CUSTOM_DISPLAY_NAME, "VM")).isEqualTo(Map.of(CUSTOM_DISPLAY_NAME, "VM"));
        assertThat(unset.offers(HypervisorType.CUSTOM)).isTrue();
        assertThat(unset.offers(HypervisorType.VMWARE)).isFalse();
    }

    @Test
    void the_list_is_offered_in_its_order_each_type_once_and_absent_ones_as_such() {
        HypervisorSettings settings = load(Map.of(LIST, "bhyve,xen-i, KVM,kvm ,Xcp-Mini"));

        assertThat(settings.offered())
                .extracting(ResolvedType::displayName)
                .containsExactly("bhyve (plug-in absent)", "XCP Mini", "KVM");
        assertThat(settings.offers(HypervisorType.KVM)).isTrue();
        assertThat(settings.offers(HypervisorType.CUSTOM)).isFalse();
    }

    @Test
    void a_rename_by_the_registry_is_followed_as_well() {
        HypervisorSettings settings = load(Map.of(LIST, "xcp MINI,kvm,Kvm"));

        types.rename(XCP, "XCP-ng");
        types.rename(HypervisorType.KVM, "KVM (libvirt)");

        assertThat(settings.values()).isEqualTo(Map.of(LIST, "XCP-ng,kvm,KVM (libvirt)"));
    }

    @Test
    void a_name_of_another_type_is_refused_and_nothing_changes() {
        HypervisorSettings settings = load(Map.of(CUSTOM_DISPLAY_NAME, "VM", LIST, "KVM,VM"));

        for (String taken : new String[] {"KVM", "kvm", "xen-i", "Xcp Mini", "VMware"}) {
            fails(Failure.EXISTS_DIFFERENTLY, settings, CUSTOM_DISPLAY_NAME, taken);
        }
        assertThat(settings.values()).isEqualTo(Map.of(CUSTOM_DISPLAY_NAME, "VM", LIST, "KVM,VM"));
        assertThat(types.require("custom").displayName()).isEqualTo("VM");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "  ", "A,B", "A\u200bB", "12345678901234567890123456789012345678901234567890123456789012345"
            })
    void a_name_that_cannot_stand_in_a_list_is_refused(String name) {
        HypervisorSettings settings = load(Map.of());

        fails(Failure.INVALID_REQUEST, settings, CUSTOM_DISPLAY_NAME, name);
        assertThat(settings.values()).isEmpty();
        assertThat(types.require("custom").displayName()).isEqualTo("Custom");
    }

    @ParameterizedTest
    @ValueSource(strings = {"KVM", "", "A,B"})
    void a_stored_name_that_cannot_be_had_is_told_and_kept_until_somebody_mends_it(String name) {
        HypervisorSettings settings = load(Map.of(CUSTOM_DISPLAY_NAME, name, LIST, "KVM,Custom"));

        assertThat(settings.problems())
                .singleElement()
                .asString()
                .startsWith(CUSTOM_DISPLAY_NAME + " was not applied: ");
        assertThat(types.require("custom").displayName()).isEqualTo("Custom");
        assertThat(types.require("KVM")).isEqualTo(HypervisorType.KVM);
        assertThat(settings.values()).isEqualTo(Map.of(CUSTOM_DISPLAY_NAME, name, LIST, "KVM,Custom"));
        assertThat(settings.set(CUSTOM_DISPLAY_NAME, "VM"))
                .isEqualTo(Map.of(CUSTOM_DISPLAY_NAME, "VM", LIST, "KVM,VM"));
    }

    @Test
    void a_list_takes_no_new_entry_that_is_no_type_and_keeps_the_old_ones() {
        HypervisorSettings settings = load(Map.of(LIST, "bhyve,KVM"));

        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> settings.set(LIST, "bhyve,KVM,costum"))
                .withMessageContaining("no hypervisor type costum (did you mean custom?)");
        assertThat(settings.values()).containsEntry(LIST, "bhyve,KVM");
        assertThat(settings.set(LIST, "Custom,bhyve")).containsEntry(LIST, "Custom,bhyve");
        fails(Failure.NOT_FOUND, settings, LIST, "xenserver");
    }

    @Test
    void another_setting_is_refused_by_name_and_passed_over_in_storage() {
        HypervisorSettings settings = load(Map.of("snapshot.delta.max", "16"));

        assertThat(settings.values()).isEmpty();
        fails(Failure.INVALID_REQUEST, settings, "hypervisor.lists", "KVM");
    }

    private HypervisorSettings load(Map<String, String> stored) {
        return HypervisorSettings.load(types, stored);
    }

    private static void fails(Failure failure, HypervisorSettings settings, String name, String value) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> settings.set(name, value))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(failure));
    }
}
