// gin within other routers and the other way round: the outer route without its wildcard, and the
// inner one behind it, where the rest of the path is passed on; else the inner one alone.
//
//gorule:metrics
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/gin-gonic/gin"
)

func main() {
	gin.SetMode(gin.ReleaseMode)
	users := gin.New()
	users.GET("/users/:id", func(c *gin.Context) { c.String(http.StatusOK, c.FullPath()) })

	legacy := http.NewServeMux()
	legacy.HandleFunc("/legacy/report", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "report") })

	engine := gin.New()
	engine.Any("/sub/:tenant/*any", func(c *gin.Context) {
		http.StripPrefix("/sub/"+c.Param("tenant"), users).ServeHTTP(c.Writer, c.Request)
	})
	engine.Any("/legacy/*any", gin.WrapH(legacy))
	engine.GET("/again/:id", func(c *gin.Context) {
		c.Request.URL.Path = "/plain/" + c.Param("id")
		engine.HandleContext(c)
	})
	engine.GET("/plain/:id", func(c *gin.Context) { c.String(http.StatusOK, c.FullPath()) })

	mux := http.NewServeMux()
	mux.Handle("/", engine)
	mux.Handle("/api/v1/", http.StripPrefix("/api/v1", users))
	mux.Handle("/api/v2/", http.StripPrefix("/api/v2", users))
	first := httptest.NewServer(mux)
	defer first.Close()
	second := httptest.NewUnstartedServer(mux)
	second.EnableHTTP2 = true
	second.StartTLS()
	defer second.Close()
	paths := []string{"/api/v1/users/1", "/api/v2/users/1", "/api/v2/none", "/sub/acme/users/2", "/legacy/report", "/again/3", "/none/at/all"}
	for _, server := range []*httptest.Server{first, second} {
		for _, path := range paths {
			response, err := server.Client().Get(server.URL + path)
			if err != nil {
				panic(err)
			}
			response.Body.Close()
			fmt.Println(response.Proto, path, response.StatusCode)
		}
	}
}
