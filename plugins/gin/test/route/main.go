// What gin has matched names the server span: a route with a parameter, one of a
// group, and none where nothing matched. The answer of a middleware that aborts
// is the route's too.
//
//gorule:metrics
package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/gin-gonic/gin"
)

func main() {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.GET("/users/:id", func(c *gin.Context) { c.String(http.StatusOK, "user %s", c.Param("id")) })
	group := engine.Group("/shop")
	group.POST("/items", func(c *gin.Context) { c.String(http.StatusCreated, "made") })
	private := engine.Group("/private", func(c *gin.Context) { c.AbortWithStatus(http.StatusForbidden) })
	private.GET("/*rest", func(c *gin.Context) { c.String(http.StatusOK, "never") })

	server := httptest.NewServer(engine)
	defer server.Close()
	call(server, "GET", "/users/42")
	call(server, "POST", "/shop/items")
	call(server, "GET", "/private/a/b")
	call(server, "GET", "/nowhere")
}

func call(server *httptest.Server, method, path string) {
	request, err := http.NewRequest(method, server.URL+path, nil)
	if err != nil {
		panic(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	fmt.Println(method, path, response.StatusCode, string(body), err)
}
