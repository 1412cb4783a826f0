/*
 * Copyright 2026-present the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.transactionscope.arrangement;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import jakarta.persistence.CascadeType;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.OneToMany;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.persistence.autoconfigure.EntityScan;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.data.domain.Pageable;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.jpa.repository.config.EnableJpaRepositories;
import org.springframework.data.repository.Repository;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/**
 * A clinic as many learn Spring by one: JPA behind repositories, some of them
 * transactional by themselves, open-in-view as Boot has it, a cache, and a controller
 * that asks repositories and walks to what is loaded lazily.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration(exclude = R2dbcAutoConfiguration.class)
@EnableCaching
@EntityScan(basePackageClasses = Clinic.class)
@EnableJpaRepositories(basePackageClasses = Clinic.class, considerNestedRepositories = true)
@Import({ Clinic.Desk.class, Clinic.OwnersController.class, Clinic.VetsController.class })
class Clinic {

	@Bean
	ConcurrentMapCacheManager cacheManager() {
		return new ConcurrentMapCacheManager();
	}

	interface Owners extends JpaRepository<Owner, Integer> {

		List<Owner> findByNameStartingWith(String prefix, Pageable page);

		@Transactional(readOnly = true)
		@Query("select count(p) from Owner o join o.pets p where o.id = ?1")
		long countPets(int owner);

	}

	interface Vets extends Repository<Vet, Integer> {

		@Transactional(readOnly = true)
		@Cacheable("vets")
		List<Vet> findAll();

	}

	@Service
	static class Desk {

		private final Owners owners;

		Desk(Owners owners) {
			this.owners = owners;
		}

		/**
		 * As {@code @Transactional} has it, the visitor stays although the form fails.
		 */
		@Transactional
		public Owner register(String name, boolean complete) throws IOException {
			Owner owner = this.owners.save(new Owner(name));
			if (name.isBlank()) {
				throw new IllegalArgumentException("Somebody without a name");
			}
			if (!complete) {
				throw new IOException("The form ends in the middle");
			}
			return owner;
		}

		@Transactional
		public void adopt(int owner, String pet) {
			this.owners.getReferenceById(owner).pets.add(new Pet(pet));
		}

	}

	@RestController
	@RequestMapping("/owners")
	static class OwnersController {

		private final Owners owners;

		private final Desk desk;

		OwnersController(Owners owners, Desk desk) {
			this.owners = owners;
			this.desk = desk;
		}

		@GetMapping
		List<String> find(@RequestParam(defaultValue = "") String name) {
			return this.owners.findByNameStartingWith(name, Pageable.ofSize(2))
				.stream()
				.map((owner) -> owner.name)
				.toList();
		}

		@GetMapping("/{id}")
		String show(@PathVariable int id) {
			Optional<Owner> owner = this.owners.findById(id);
			return owner.map((found) -> found.name + " with " + found.pets.stream().map((pet) -> pet.name).toList())
				.orElse("nobody");
		}

		@GetMapping("/{id}/pets/count")
		long count(@PathVariable int id) {
			return this.owners.countPets(id);
		}

		@PostMapping
		@ResponseStatus(HttpStatus.CREATED)
		String register(@RequestParam String name, @RequestParam(defaultValue = "true") boolean complete)
				throws IOException {
			return this.desk.register(name, complete).name;
		}

		@PostMapping("/{id}/pets")
		void adopt(@PathVariable int id, @RequestParam String name) {
			this.desk.adopt(id, name);
		}

		@ExceptionHandler
		@ResponseStatus(HttpStatus.BAD_REQUEST)
		String refuse(IllegalArgumentException ex) {
			return ex.toString();
		}

	}

	@RestController
	static class VetsController {

		private final Vets vets;

		VetsController(Vets vets) {
			this.vets = vets;
		}

		@GetMapping("/vets")
		List<String> all() {
			return this.vets.findAll().stream().map((vet) -> vet.name).toList();
		}

		@GetMapping("/oups")
		String crash() {
			throw new IllegalStateException("Expected: shows what happens when an exception is thrown");
		}

	}

	@Entity(name = "Owner")
	static class Owner {

		@Id
		@GeneratedValue(strategy = GenerationType.IDENTITY)
		private @Nullable Integer id;

		private String name = "";

		@OneToMany(cascade = CascadeType.ALL)
		@JoinColumn
		private final List<Pet> pets = new ArrayList<>();

		protected Owner() {
		}

		Owner(String name) {
			this.name = name;
		}

		@Nullable Integer id() {
			return this.id;
		}

	}

	@Entity(name = "Pet")
	static class Pet {

		@Id
		@GeneratedValue(strategy = GenerationType.IDENTITY)
		private @Nullable Integer id;

		private String name = "";

		protected Pet() {
		}

		Pet(String name) {
			this.name = name;
		}

		@Nullable Integer id() {
			return this.id;
		}

	}

	@Entity(name = "Vet")
	static class Vet {

		@Id
		private int id;

		private String name = "";

		int id() {
			return this.id;
		}

	}

}
