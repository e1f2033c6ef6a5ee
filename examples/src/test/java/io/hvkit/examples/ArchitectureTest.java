package io.hvkit.examples;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.core.Secret;
import io.hvkit.engine.HvKit;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.kvm.KvmDriver;
import io.hvkit.powerflex.simulator.PowerFlexSimulator;
import io.hvkit.qemu.QemuImg;
import io.hvkit.scaleio.ScaleIoDriver;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.testkit.libvirt.PrivateHost;
import io.hvkit.vmware.VmwareDriver;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The rules that hold for all modules at once; the compiled classes are looked at, not the sources. */
@AnalyzeClasses(packages = "io.hvkit", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String[] LIBRARIES = {
        "io.hvkit.core..",
        "io.hvkit.hypervisor..",
        "io.hvkit.storage..",
        "io.hvkit.catalog..",
        "io.hvkit.engine..",
        "io.hvkit.qemu..",
        "io.hvkit.kvm..",
        "io.hvkit.scaleio..",
        "io.hvkit.vmware.."
    };

    @ArchTest
    static void every_module_was_seen(JavaClasses classes) {
        for (Class<?> one : List.of(
                Secret.class,
                Hypervisor.class,
                StoragePool.class,
                HvKit.class,
                JdbcCatalog.class,
                QemuImg.class,
                KvmDriver.class,
                ScaleIoDriver.class,
                VmwareDriver.class,
                PowerFlexSimulator.class,
                PrivateHost.class)) {
            assertThat(classes.contain(one)).as(one.getName()).isTrue();
        }
        assertThat(classes).hasSizeGreaterThan(150);
    }

    @ArchTest
    static final ArchRule coreNeedsTheJdkAlone = classes()
            .that()
            .resideInAPackage("io.hvkit.core..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("java..", "javax.net.ssl..", "org.jspecify..", "io.hvkit.core..");

    @ArchTest
    static final ArchRule hypervisorSpiNeedsCoreAlone = classes()
            .that()
            .resideInAPackage("io.hvkit.hypervisor..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("java..", "org.jspecify..", "io.hvkit.core..", "io.hvkit.hypervisor..");

    @ArchTest
    static final ArchRule storageSpiNeedsCoreAlone = classes()
            .that()
            .resideInAPackage("io.hvkit.storage..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("java..", "org.jspecify..", "io.hvkit.core..", "io.hvkit.storage..");

    @ArchTest
    static final ArchRule qemuIsUsableAlone = noClasses()
            .that()
            .resideInAPackage("io.hvkit.qemu..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.hvkit.hypervisor..", "io.hvkit.storage..", "io.hvkit.kvm..", "io.hvkit.testkit..");

    @ArchTest
    static final ArchRule theSimulatorNeedsCoreAlone = noClasses()
            .that()
            .resideInAPackage("io.hvkit.powerflex.simulator..")
            .should()
            .dependOnClassesThat(JavaClass.Predicates.resideInAPackage("io.hvkit..")
                    .and(JavaClass.Predicates.resideOutsideOfPackages(
                            "io.hvkit.core..", "io.hvkit.powerflex.simulator..")));

    @ArchTest
    static final ArchRule libvirtHasOneUser = noClasses()
            .that()
            .resideInAPackage("io.hvkit.kvm..")
            .and()
            .resideOutsideOfPackage("io.hvkit.kvm.internal.libvirt")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.sun.jna..");

    @ArchTest
    static final ArchRule oneClassOfTheLibrariesStartsPrograms = noClasses()
            .that()
            .resideInAnyPackage(LIBRARIES)
            .and()
            .doNotHaveSimpleName("LocalRunner")
            .should()
            .dependOnClassesThat()
            .areAssignableTo(ProcessBuilder.class);

    @ArchTest
    static final ArchRule librariesDoNotPrint = noClasses()
            .that()
            .resideInAnyPackage(
                    "io.hvkit.core..",
                    "io.hvkit.hypervisor..",
                    "io.hvkit.storage..",
                    "io.hvkit.catalog..",
                    "io.hvkit.engine..",
                    "io.hvkit.qemu..",
                    "io.hvkit.kvm..",
                    "io.hvkit.scaleio..",
                    "io.hvkit.vmware..",
                    "io.hvkit.testkit..")
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err");

    @ArchTest
    static final ArchRule noBooleanParametersInPublicMethods = noClasses()
            .that()
            .resideInAnyPackage(LIBRARIES)
            .and()
            .resideOutsideOfPackage("..internal..")
            .and()
            .arePublic()
            .should(new BooleanParameters())
            .because("a boolean argument says nothing where it is passed; use an enum or another method");

    @ArchTest
    static final ArchRule noForeignTypesInPublicSignatures = noClasses()
            .that()
            .resideInAPackage("io.hvkit..")
            .and()
            .resideOutsideOfPackages("..internal..", "io.hvkit.examples..")
            .and()
            .arePublic()
            .should(new ForeignTypes());

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            SlicesRuleDefinition.slices().matching("io.hvkit.(**)").should().beFreeOfCycles();

    private static final class BooleanParameters extends ArchCondition<JavaClass> {

        BooleanParameters() {
            super("have public methods with boolean parameters");
        }

        @Override
        public void check(JavaClass type, ConditionEvents events) {
            type.getMethods().stream()
                    .filter(method -> method.getModifiers().contains(JavaModifier.PUBLIC))
                    .filter(method -> method.getRawParameterTypes().stream()
                            .anyMatch(parameter -> parameter.isEquivalentTo(boolean.class)))
                    .forEach(method -> events.add(SimpleConditionEvent.satisfied(method, method.getDescription())));
        }
    }

    /** JUnit's and AssertJ's types may show in the testkit alone: it is made for tests. */
    private static final class ForeignTypes extends ArchCondition<JavaClass> {

        private static final List<String> OURS =
                List.of("java.", "javax.net.", "javax.sql.", "io.hvkit.", "[", "org.junit.jupiter.api.extension.");
        private static final Set<String> PRIMITIVES =
                Set.of("void", "boolean", "byte", "char", "short", "int", "long", "float", "double");

        ForeignTypes() {
            super("show types of libraries or internal packages in public signatures");
        }

        @Override
        public void check(JavaClass type, ConditionEvents events) {
            type.getCodeUnits().stream()
                    .filter(unit -> isShown(unit.getModifiers()))
                    .filter(unit -> Stream.concat(unit.getParameterTypes().stream(), Stream.of(unit.getReturnType()))
                            .flatMap(shown -> shown.getAllInvolvedRawTypes().stream())
                            .anyMatch(
                                    raw -> isForeign(raw.getBaseComponentType().getName())))
                    .forEach(unit -> events.add(SimpleConditionEvent.satisfied(unit, unit.getDescription())));
            type.getFields().stream()
                    .filter(field -> isShown(field.getModifiers()))
                    .filter(field ->
                            isForeign(field.getRawType().getBaseComponentType().getName()))
                    .forEach(field -> events.add(SimpleConditionEvent.satisfied(field, field.getDescription())));
        }

        private static boolean isShown(Set<JavaModifier> modifiers) {
            return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
        }

        private static boolean isForeign(String name) {
            return name.contains(".internal.")
                    || (!PRIMITIVES.contains(name) && OURS.stream().noneMatch(name::startsWith));
        }
    }
}
